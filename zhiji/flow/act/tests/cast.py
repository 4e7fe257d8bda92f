"""Customers, facts and rules for the tests of this app."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from zhiji.access.models import User
from zhiji.flow.act import actions
from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.act.step import Outcome, Step
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted
from zhiji.kernel.pipeline import run_once

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
"""12:00 in Shanghai."""
TAG = [{"kind": "tag", "tag": "seen"}]


def customer(**portrait: Any) -> int:
    row = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
    Portrait.objects.create(customer_id=row.pk, **portrait)
    return row.pk


def fact(customer_id: int, name: str, at: datetime = NOON, late: timedelta = timedelta(), **properties: Any) -> None:
    """Something happened at `at`, and reached us `late` after it."""
    record([NewFact(name, at, "test", uuid4().hex, properties, customer_id=customer_id)])
    Accepted.objects.filter(customer_id=customer_id, occurred_at=at).update(received_at=at + late)


def merge(loser: int, winner: int) -> None:
    Customer.objects.filter(pk=loser).update(root_id=winner)
    Portrait.objects.filter(pk=loser).update(merged=True)


def live_rule(
    trigger: dict[str, Any], *, on: datetime = NOON - timedelta(days=1), by: User | None = None, **changes: Any
) -> Rule:
    """A rule that is on since `on`, without a hold-out unless told."""
    given = {"name": "a rule", "steps": TAG, "holdout": 0, **changes}
    rule = actions.create_rule(by=by, trigger=trigger, **given)
    return actions.switch_on(rule, by=by, as_of=on)


def tick(at: datetime = NOON) -> None:
    """One round of the pipeline at this moment, with whatever is in the inbox."""
    run_once(as_of=at)


def entered(rule: Rule) -> list[int]:
    return sorted(RuleEntry.objects.filter(rule=rule).values_list("customer_id", flat=True))


def step_offered(kind: str, run: Any) -> Step:
    """A step for a test; `run(entries, parameters, as_of)`, or None for one that just says done."""

    def done(entries: Any, parameters: Any, as_of: Any) -> list[Outcome]:
        return [Outcome()] * len(entries)

    return Step(kind=kind, label=kind, parameters=(), run=run or done, sentence=lambda parameters: kind)
