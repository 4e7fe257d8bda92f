"""Take the steps of running entries: many at once, once each, whatever is killed or races.

A round locks due entries that no other worker holds, groups them by (rule, version, step), and runs each group
behind a savepoint in the transaction that also writes what came of it and moves the entries on. So a step, its
StepRun rows and the new `next_step` are there together or not at all.

A group that raises is tried again later and in ever smaller groups, at last one entry at a time, so that one
that can't be done doesn't take the others with it; after ATTEMPTS it is marked failed with the reason.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.db import connection, transaction

from zhiji.flow.act.models import Rule, RuleEntry, RuleVersion
from zhiji.flow.act.step import Outcome, Step, asleep, opened
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.culprits import of_the_house
from zhiji.kernel.registry import offered, withheld

log = structlog.get_logger()
ATTEMPTS = 5
BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
GROUP = (2000, 100, 10, 1, 1)
"""The largest group by attempts so far."""


@dataclass(frozen=True)
class _Group:
    rule_id: int
    version: int
    position: int
    attempts: int


def round_once(limit: int = 2000, as_of: datetime | None = None) -> int:
    """Take the next step of at most `limit` due entries. Returns how many were looked at."""
    moment = as_of or clock.now()
    with transaction.atomic():
        entries = _due(limit, moment)
        if not entries:
            return 0
        rules = {rule.pk: rule for rule in Rule.objects.filter(pk__in={entry.rule_id for entry in entries})}
        definitions = _definitions(entries)
        groups: dict[_Group, list[RuleEntry]] = defaultdict(list)
        for entry in entries:
            groups[_Group(entry.rule_id, entry.version, entry.next_step, entry.attempts)].append(entry)
        for group, members in groups.items():
            if rules[group.rule_id].enabled_at is None:
                _stop(members)
                continue
            steps = definitions[group.rule_id, group.version]["steps"]
            size = GROUP[min(group.attempts, len(GROUP) - 1)]
            for start in range(0, len(members), size):
                _take(group, steps, members[start : start + size], moment)
    return len(entries)


def _due(limit: int, moment: datetime) -> list[RuleEntry]:
    """Due entries that no other worker holds, each with its customer's root in the place of the customer."""
    ids = list(
        RuleEntry.objects.filter(state=RuleEntry.State.RUNNING, due_at__lte=moment)
        .order_by("due_at", "id")
        .select_for_update(skip_locked=True)[:limit]
    )
    roots = dict(Customer.objects.filter(pk__in={entry.customer_id for entry in ids}).values_list("id", "root_id"))
    for entry in ids:
        entry.customer_id = roots[entry.customer_id]
    return ids


def _definitions(entries: Sequence[RuleEntry]) -> dict[tuple[int, int], dict[str, Any]]:
    wanted = {(entry.rule_id, entry.version) for entry in entries}
    versions = RuleVersion.objects.filter(rule_id__in={rule for rule, _version in wanted})
    return {(one.rule_id, one.version): one.definition for one in versions if (one.rule_id, one.version) in wanted}


def _take(group: _Group, steps: list[dict[str, Any]], members: list[RuleEntry], moment: datetime) -> None:
    if group.position >= len(steps):
        _move(members, ["done"] * len(members), len(steps))
        return
    kind = str(steps[group.position]["kind"])
    parameters = {name: value for name, value in steps[group.position].items() if name != "kind"}
    try:
        with transaction.atomic():
            step = step_of(kind)
            outcomes = step.run(members, opened(step, parameters), moment)
            if len(outcomes) != len(members):
                raise RuntimeError(f"step {kind} answered {len(outcomes)} outcomes for {len(members)} entries")
    except Exception as error:
        if of_the_house(error):
            raise
        log.warning("a step failed", rule=group.rule_id, step=kind, entries=len(members), error=str(error))
        _try_later(group, kind, members, error, moment)
        return
    _record(members, kind, outcomes, moment)
    _move(members, [outcome.state for outcome in outcomes], len(steps))


def step_of(kind: str) -> Step:
    """The offered step of this kind, or what stands for it while its desk is off. Raises LookupError."""
    steps: tuple[Step, ...] = offered(Step)
    for step in steps:
        if step.kind == kind:
            return step
    for desk, step in withheld(Step):
        if step.kind == kind:
            return asleep(step, str(desk.verbose_name))
    raise LookupError(f"no installed app offers the step {kind!r}")


def _record(members: Sequence[RuleEntry], kind: str, outcomes: Sequence[Outcome], moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO act_steprun (entry_id, position, kind, state, detail, at)
            SELECT run.entry_id, %s, %s, run.state, run.detail::jsonb, %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS run (entry_id, state, detail)
            """,
            [
                members[0].next_step,
                kind,
                moment,
                [entry.pk for entry in members],
                [outcome.state for outcome in outcomes],
                [orjson.dumps(outcome.detail, default=str).decode() for outcome in outcomes],
            ],
        )


def _move(members: Sequence[RuleEntry], states: Sequence[str], steps: int) -> None:
    """A failed step ends its entry, as what follows may rest on it; a skipped one doesn't."""
    on = [entry for entry, state in zip(members, states, strict=True) if state != "failed"]
    failed = [entry.pk for entry, state in zip(members, states, strict=True) if state == "failed"]
    if on:
        position = on[0].next_step + 1
        done = position >= steps
        RuleEntry.objects.filter(pk__in=[entry.pk for entry in on]).update(
            next_step=min(position, steps),
            attempts=0,
            state=RuleEntry.State.DONE if done else RuleEntry.State.RUNNING,
        )
    if failed:
        RuleEntry.objects.filter(pk__in=failed).update(state=RuleEntry.State.FAILED)


def _try_later(group: _Group, kind: str, members: Sequence[RuleEntry], error: Exception, moment: datetime) -> None:
    attempts = group.attempts + 1
    reason = f"{type(error).__name__}: {error}"[:500]
    if attempts >= ATTEMPTS:
        _record(members, kind, [Outcome("failed", {"reason": reason})] * len(members), moment)
        _move(members, ["failed"] * len(members), 0)
        return
    RuleEntry.objects.filter(pk__in=[entry.pk for entry in members]).update(
        attempts=attempts, due_at=moment + BACKOFF[attempts - 1]
    )


def _stop(members: Sequence[RuleEntry]) -> None:
    RuleEntry.objects.filter(pk__in=[entry.pk for entry in members]).update(state=RuleEntry.State.STOPPED)
