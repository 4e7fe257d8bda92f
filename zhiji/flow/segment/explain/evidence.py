"""The facts behind a leaf: which of a customer's facts are shown beside its verdict. Verdicts aren't made here.

Filters are asked of the same engine; windows are the same functions of the moment.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, singledispatchmethod
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.profile import timeline
from zhiji.flow.segment.catalogue.passing import passing
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.conditions.attribute import Attribute
from zhiji.flow.segment.conditions.behaviour import Behaviour, Recency
from zhiji.flow.segment.conditions.dates import Anniversary, Elapsed
from zhiji.flow.segment.conditions.habit import Regular, Resumed, Stopped, earlier
from zhiji.flow.segment.conditions.measure import Measure, Other
from zhiji.flow.segment.conditions.membership import Consented, Tagged
from zhiji.flow.segment.conditions.relative import MEASURED, ORDER, SCORED, Rank, Score
from zhiji.flow.segment.conditions.sequence import Absence, Nth
from zhiji.flow.segment.conditions.sequence import Sequence as Chain
from zhiji.flow.segment.conditions.where import Where
from zhiji.flow.segment.conditions.window import Window, ago
from zhiji.kernel.models import Fact
from zhiji.kernel.values import tag

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST, READ = 20, 5_000
"""Shown of a leaf; read of a fact name, the newest."""
TELLING = ("customer_identified", "attributes_changed", "customer_registered")


@dataclass(frozen=True)
class Evidence:
    """A fact as it is shown: `text` is a line in the reader's language."""

    id: int
    name: str
    occurred_at: datetime
    text: str


@dataclass(frozen=True)
class Seen:
    """A fact of the customer."""

    id: int
    at: datetime
    properties: dict[str, Any] = field(hash=False, compare=False)

    def text(self, name: str) -> str | None:
        """A property as text, as the engine reads it."""
        value = self.properties.get(name)
        return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


class Witness:
    """Finds the facts behind leaves for one root, as of a moment, and tells of them what `user` may read."""

    def __init__(self, root: int, as_of: datetime, user: User | None) -> None:
        self.root, self.as_of, self.user = root, as_of, user
        self._read: Callable[[str], list[Seen]] = cache(self._facts)
        self._shown: dict[int, Evidence] = {}

    def of(self, leaf: Node) -> list[Evidence]:
        """The deciding facts, newest first, at most 20."""
        found = {one.id: one for one in self._behind(leaf)}
        newest = sorted(found.values(), key=lambda one: (one.at, one.id), reverse=True)[:MOST]
        self._show([one.id for one in newest if one.id not in self._shown])
        return [self._shown[one.id] for one in newest if one.id in self._shown]

    def _show(self, ids: Sequence[int]) -> None:
        """Put these facts into words; the same facts are behind several leaves."""
        if not ids:
            return
        rows = list(Fact.objects.filter(pk__in=ids))
        for one in timeline.entries(rows, {row.customer_id for row in rows}, self.root, self.user):
            self._shown[one.id] = Evidence(one.id, one.name, one.at, _line(one))

    def _facts(self, name: str) -> list[Seen]:
        """The newest facts of a name up to the moment, ascending."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT f.id, (extract(epoch FROM f.occurred_at) * 1000000)::bigint, f.properties::text"
                " FROM resolve_customer c JOIN kernel_fact f"
                " ON f.customer_id = c.id AND f.name = %s AND f.occurred_at <= %s WHERE c.root_id = %s"
                " ORDER BY f.occurred_at DESC, f.id DESC LIMIT %s",
                [name, self.as_of, self.root, READ],
            )
            return [
                Seen(id_, EPOCH + timedelta(microseconds=at), orjson.loads(text))
                for id_, at, text in reversed(cursor.fetchall())
            ]

    def facts(self, name: str, where: Sequence[Where] = ()) -> list[Seen]:
        """Those that pass every filter, ascending."""
        found = self._read(name)
        if not where or not found:
            return found
        source = "(SELECT id AS fact_id, name, properties FROM kernel_fact WHERE id = ANY(%s)) f"
        fitting = passing(name, where, source, [one.id for one in found])
        return [one for one in found if one.id in fitting]

    def _within(self, found: Iterable[Seen], window: Window | None) -> list[Seen]:
        """Those inside a window; around an anchor, those strictly on its side."""
        if window is None:
            return list(found)
        if window.anchor is not None:
            return self._around(found, window)
        lower, upper = window.lower(), window.upper()
        first = lower.compute(self.as_of) if lower else None
        last = upper.compute(self.as_of) if upper else self.as_of
        return [one for one in found if (first is None or one.at > first) and one.at <= last]

    def _around(self, found: Iterable[Seen], window: Window) -> list[Seen]:
        anchor = window.anchor
        anchors = self.facts(anchor.fact, anchor.where) if anchor else []
        if anchor is None or not anchors:
            return []
        at = anchors[0 if anchor.which == "first" else -1].at
        apart = [(one, _micros(one.at, at) if window.after else _micros(at, one.at)) for one in found]
        return [one for one, span in apart if span > 0 and (window.within is None or span <= window.within.micros)]

    def _measured(self, measure: Measure) -> list[Seen]:
        found = self._within(self.facts(measure.fact, measure.where), measure.window)
        if measure.measure == "count" or not measure.property:
            return found
        found = [one for one in found if one.properties.get(measure.property) is not None]
        return found if measure.lessened is None else [*found, *self._measured(measure.lessened)]

    def _told(self, part: str) -> list[Seen]:
        """The facts that told this part of the portrait."""
        custom = part.removeprefix("attributes.")
        found = []
        for name in TELLING:
            for one in self._read(name):
                given = one.properties.get("traits") or one.properties.get("changes") or {}
                if part in given or custom in given or (part == "registered_at" and name == "customer_registered"):
                    found.append(one)
        return sorted(found, key=lambda one: one.at)[-2:]

    @singledispatchmethod
    def _behind(self, leaf: Node) -> list[Seen]:
        return []

    @_behind.register
    def _(self, leaf: Behaviour) -> list[Seen]:
        other = self._measured(leaf.value)[-MOST // 2 :] if isinstance(leaf.value, Other) else []
        own = self._measured(leaf.measured)
        return [*own[-MOST // 2 :], *other] if other else own

    @_behind.register
    def _(self, leaf: Recency) -> list[Seen]:
        return self.facts(leaf.fact, leaf.where)[-1:]

    @_behind.register
    def _(self, leaf: Score) -> list[Seen]:
        if leaf.measure == "recency":
            return self._read(ORDER)[-1:]
        return self._measured(MEASURED[SCORED[leaf.measure]])

    @_behind.register
    def _(self, leaf: Rank) -> list[Seen]:
        return self._measured(leaf.measured)

    @_behind.register
    def _(self, leaf: Chain) -> list[Seen]:
        steps = [self.facts(one.fact, one.where) for one in leaf.steps]
        begun = self._within(steps[0], leaf.window)
        for first in reversed(begun):
            taken, same = [first], first.text(leaf.same) if leaf.same else None
            if leaf.same and same is None:
                continue
            for step in steps[1:]:
                after = (
                    one for one in step if one.at > taken[-1].at and (not leaf.same or one.text(leaf.same) == same)
                )
                if (following := next(after, None)) is None:
                    break
                taken.append(following)
            ended = len(taken) == len(steps)
            if ended and (leaf.within is None or _micros(taken[-1].at, first.at) <= leaf.within.micros):
                return taken
        return [*begun[-MOST // 2 :], *(one for step in steps[1:] for one in step[-MOST // 4 :])]

    @_behind.register
    def _(self, leaf: Absence) -> list[Seen]:
        followers = self.facts(leaf.without.fact, leaf.without.where)
        begun = self._within(self.facts(leaf.fact, leaf.where), leaf.window)
        alone, followed = [], []
        for one in begun:
            same = one.text(leaf.same) if leaf.same else None
            if leaf.same and same is None:
                continue
            after = [
                other
                for other in followers
                if 0 < _micros(other.at, one.at) <= leaf.within.micros
                and (not leaf.same or other.text(leaf.same) == same)
            ]
            if after:
                followed += [one, after[0]]
            elif _micros(self.as_of, one.at) >= leaf.within.micros:
                alone.append(one)
        return alone or followed or begun[-1:]

    @_behind.register
    def _(self, leaf: Nth) -> list[Seen]:
        return self.facts(leaf.fact, leaf.where)[leaf.n - 1 : leaf.n]

    @_behind.register
    def _(self, leaf: Regular) -> list[Seen]:
        begins = ago(leaf.of, leaf.unit).compute(self.as_of)
        return [one for one in self.facts(leaf.fact, leaf.where) if one.at > begins]

    @_behind.register
    def _(self, leaf: Stopped) -> list[Seen]:
        quiet = ago(leaf.quiet.last, leaf.quiet.unit)
        begins = earlier(quiet, leaf.before).compute(self.as_of)
        return [one for one in self.facts(leaf.fact, leaf.where) if one.at > begins]

    @_behind.register
    def _(self, leaf: Resumed) -> list[Seen]:
        recent = ago(leaf.recent.last, leaf.recent.unit).compute(self.as_of)
        found = self.facts(leaf.fact, leaf.where)
        return [*[one for one in found if one.at <= recent][-1:], *(one for one in found if one.at > recent)]

    @_behind.register
    def _(self, leaf: Attribute) -> list[Seen]:
        if leaf.name == "owner":
            return self._read("owner_assigned")[-1:]
        if leaf.name == "priority":
            return self._read("priority_set")[-1:]
        parts = ("region", "city") if leaf.name == "place" else (leaf.name,)
        return [one for part in parts for one in self._told(part)]

    @_behind.register
    def _(self, leaf: Anniversary | Elapsed) -> list[Seen]:
        return self._told(leaf.attribute)[-1:]

    @_behind.register
    def _(self, leaf: Tagged) -> list[Seen]:
        told = [*self._read("tag_added"), *self._read("tag_removed")]
        return sorted(
            (one for one in told if tag.key(str(one.properties.get("tag"))) == tag.key(leaf.tag)),
            key=lambda one: one.at,
        )[-2:]

    @_behind.register
    def _(self, leaf: Consented) -> list[Seen]:
        told = [one for one in self._read("consent_changed") if one.properties.get("channel") == leaf.channel]
        given = [
            one
            for one in self._read("customer_identified")
            if leaf.channel in ((one.properties.get("traits") or {}).get("consent") or {})
        ]
        return sorted([*told, *given], key=lambda one: one.at)[-2:]


def _micros(later: datetime, earlier_: datetime) -> int:
    span = later - earlier_
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _line(entry: timeline.Entry) -> str:
    """A fact in a line: what it is called, and its details."""
    details = [f"{one.label} {_detail(one)}" for one in entry.details]
    return _("：").join([entry.label, _("，").join(details)]) if details else entry.label


def _detail(one: timeline.Detail) -> str:
    if one.look == "money" and isinstance(one.value, int | float):
        return f"{one.value:,.2f}"
    return one.value.isoformat(timespec="minutes") if isinstance(one.value, datetime) else str(one.value)
