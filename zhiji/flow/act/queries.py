"""Named reads of rules, their entries and what came of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.act.models import Rule, RuleEntry, StepRun
from zhiji.flow.profile.queries import only_owner, owned_sql, visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment.definitions.readable import nodes_of, untold
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.live.up_to import Standing, UpTo
from zhiji.kernel.written import written_once
from zhiji.records.queries import hidden_from


def references(rule: Rule) -> set[str]:
    """The definitions that a rule's trigger and audience name: "segment:x", "scheme:y"."""
    named = [(what, part.get(what)) for part in _parts([rule.trigger, rule.audience]) for what in ("segment", "scheme")]
    return {f"{what}:{key}" for what, key in named if isinstance(key, str)}


def secret(rule: Rule, user: User) -> bool:
    """Whether why somebody came into a rule tells of a field that `user` may not read."""
    hidden = {f"attributes.{key}" for key in hidden_from(user)}
    if not hidden:
        return False
    if any(
        text in hidden for part in _parts([rule.trigger, rule.audience]) for text in part.values() if str is type(text)
    ):
        return True
    known = definitions()
    return untold([node for of in references(rule) for node in nodes_of(of, known)], user, known)


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a definition."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _parts(one)


def standing(rule: Rule, now: UpTo) -> Standing | None:
    """Why a rule doesn't see everybody, as what it names isn't kept up; None when it is."""
    aside = sorted(references(rule) & now.aside.keys())
    return now.of(aside[0]) if aside else now.whole if now.behind else None


@dataclass
class Figures:
    """A rule's last thirty days: who came, who was left alone, when somebody last did."""

    entered: int = 0
    held_out: int = 0
    failed: int = 0
    running: int = 0
    last_at: datetime | None = None


@dataclass
class StepFigures:
    """What became of a step: counts of entries; `waiting` have it before them."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass
class Flow:
    """A version of a rule in counts of entries: entered = treated + held out; each step in turn."""

    entered: int = 0
    held_out: int = 0
    states: dict[str, int] = field(default_factory=dict)
    steps: list[StepFigures] = field(default_factory=list)

    @property
    def treated(self) -> int:
        return self.entered - self.held_out


def rules(*, archived: bool = False) -> QuerySet[Rule]:
    """Those on the list, in the order they were made; or those put away."""
    return Rule.objects.filter(archived_at__isnull=not archived).order_by("id")


def figures(rule_ids: Iterable[int], as_of: datetime, owner: int | None, days: int = 30) -> dict[int, Figures]:
    """Per rule, of everybody or of one owner's customers, from one grouped read by index and one look at the newest
    entry of each."""
    ids = list(rule_ids)
    found = {one: Figures() for one in ids}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT rule_id, state, count(*) FROM act_ruleentry AS e
            WHERE rule_id = ANY(%(rules)s) AND entered_at > %(since)s{_among(owner)} GROUP BY rule_id, state
            """,
            {"rules": ids, "since": as_of - timedelta(days=days), "owner": owner},
        )
        for rule_id, state, count in cursor.fetchall():
            row = found[rule_id]
            row.entered += count
            if state in ("held_out", "failed", "running"):
                setattr(row, state, count)
        cursor.execute(
            f"""
            SELECT r.id, last.entered_at FROM unnest(%(rules)s::bigint[]) AS r (id) JOIN LATERAL (
                SELECT entered_at FROM act_ruleentry e WHERE e.rule_id = r.id{_among(owner)}
                ORDER BY entered_at DESC LIMIT 1
            ) AS last ON true
            """,
            {"rules": ids, "owner": owner},
        )
        for rule_id, at in cursor.fetchall():
            found[rule_id].last_at = at
    return found


def _among(owner: int | None) -> str:
    """Entries `e` of an owner's customers only; nothing is joined for everybody's."""
    if owner is None:
        return ""
    return f" AND e.customer_id IN (SELECT id FROM resolve_customer WHERE {owned_sql('root_id')})"


def flow(rule: Rule, version: int, steps: int, since: datetime | None, owner: int | None) -> Flow:
    """Counts on every step of those (of one owner's, if given) who came in by `version`, from `since` on."""
    found = Flow(steps=[StepFigures() for _step in range(steps)])
    start = since or rule.created_at - timedelta(days=36500)
    asked: dict[str, Any] = {"rule": rule.pk, "version": version, "start": start, "owner": owner}
    wanted = f"e.rule_id = %(rule)s AND e.version = %(version)s AND e.entered_at >= %(start)s{_among(owner)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT state, next_step, count(*) FROM act_ruleentry e WHERE {wanted} GROUP BY state, next_step", asked
        )
        for state, position, count in cursor.fetchall():
            found.entered += count
            found.states[state] = found.states.get(state, 0) + count
            if state == "held_out":
                found.held_out += count
            elif state == "running" and position < steps:
                found.steps[position].waiting += count
        cursor.execute(
            "SELECT run.position, run.state, count(*) FROM act_ruleentry e JOIN act_steprun run ON run.entry_id = e.id"
            f" WHERE {wanted} GROUP BY run.position, run.state",
            asked,
        )
        for position, state, count in cursor.fetchall():
            if position < steps:
                setattr(found.steps[position], state, count)
    return found


def entries(
    user: User,
    rule: Rule | None = None,
    *,
    state: str = "",
    version: int | None = None,
    position: int | None = None,
    result: str = "",
) -> QuerySet[RuleEntry]:
    """Entries of customers `user` may see. `result` of the step at `position`: done, skipped, failed or waiting."""
    if not may(user, "rules:read"):
        return RuleEntry.objects.none()
    found = RuleEntry.objects.select_related("rule", "customer")
    if only_owner(user) is not None:
        found = found.filter(customer__root_id__in=visible_to(user).values("customer_id"))
    if rule is not None:
        found = found.filter(rule=rule)
    if state == "treated":
        found = found.exclude(state=RuleEntry.State.HELD_OUT)
    elif state:
        found = found.filter(state=state)
    if version is not None:
        found = found.filter(version=version)
    if position is not None and result == "waiting":
        found = found.filter(state=RuleEntry.State.RUNNING, next_step=position)
    elif position is not None and result:
        found = found.filter(runs__position=position, runs__state=result)
    return found


@written_once
def entries_of_customer(root_id: int) -> QuerySet[RuleEntry]:
    """Of a root and the customers merged into it, the newest eight."""
    same = Customer.objects.filter(root_id=root_id).values("id")
    return RuleEntry.objects.filter(customer_id__in=same).select_related("rule").order_by("-entered_at", "-id")[:8]


def runs_of(entry_ids: Iterable[int]) -> dict[int, list[StepRun]]:
    """{entry id: its step runs in order}."""
    found: dict[int, list[StepRun]] = {}
    for run in StepRun.objects.filter(entry_id__in=list(entry_ids)).order_by("entry_id", "position"):
        found.setdefault(run.entry_id, []).append(run)
    return found


def results(entries: Sequence[RuleEntry]) -> dict[int, dict[str, Any]]:
    """{entry id: what its steps so far gave}, such as the code of a coupon, for a later step to use."""
    found: dict[int, dict[str, Any]] = {entry.pk: {} for entry in entries}
    for entry_id, runs in runs_of(found).items():
        for run in runs:
            if run.state == StepRun.State.DONE:
                found[entry_id].update(run.detail)
    return found


def fact_names() -> list[str]:
    """Every name the log holds, by hops along its index."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE seen AS (
                (SELECT name FROM kernel_fact ORDER BY name LIMIT 1)
                UNION ALL
                SELECT (SELECT name FROM kernel_fact WHERE name > seen.name ORDER BY name LIMIT 1)
                FROM seen WHERE seen.name IS NOT NULL
            )
            SELECT name FROM seen WHERE name IS NOT NULL
            """
        )
        return [name for (name,) in cursor.fetchall()]
