"""What is computed of one fact name in one pass over its table: aggregates by customer, with shared filters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import ibis
import msgspec

from zhiji.flow.segment.conditions.comparison import NUMBER, Type, micros, read_as
from zhiji.flow.segment.conditions.measure import Asked
from zhiji.flow.segment.conditions.where import Where
from zhiji.flow.segment.conditions.window import Window
from zhiji.kernel.engine import TIME

ENGINE_TYPES: dict[Type, str] = {
    "text": "string", "number": NUMBER, "time": TIME, "date": "date", "list": "string", "flag": "string",
    "any": "string",
}  # fmt: skip
PROPERTY_TYPES = {"number": NUMBER, "text": "string"}
Build = Callable[[Any], Any]


def digest(*asked: Any) -> str:
    """A short name for a question; equal questions have equal names."""
    return hashlib.blake2b(msgspec.json.encode(asked), digest_size=8).hexdigest()


@dataclass
class Scan:
    """A pass: aggregates as {column: builder over the facts}; the filters they share; how far back they reach, by keys
    of moments."""

    aggregates: dict[str, Build] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    ever: bool = False

    def add(self, column: str, build: Build, start: str | None, flag: str | None = None) -> None:
        """An aggregate of facts after the moment `start` (None: of all) that pass the filter `flag`."""
        self.aggregates.setdefault(column, build)
        self.flags |= {flag} if flag else set()
        if start is None:
            self.ever = True
        else:
            self.starts.add(start)


@dataclass
class FactNeed:
    """One fact name's table: its columns as {name in the table: (property, type)}, how far back it reaches, the
    filters that several aggregates share as {flag: filters}, and its main pass."""

    columns: dict[str, tuple[str, Type]] = field(default_factory=dict)
    flags: dict[str, Sequence[Where]] = field(default_factory=dict)
    main: Scan = field(default_factory=Scan)
    starts: set[str] = field(default_factory=set)
    ever: bool = False

    @property
    def aggregates(self) -> dict[str, Build]:
        return self.main.aggregates


def aggregated(facts: Any, asked: Asked, column: str | None, kept: Any) -> Any:
    """The aggregate of the facts that are `kept` (None: of all)."""
    if asked.measure == "count":
        return facts.count(where=kept)
    values = read_as(facts[column], asked.type)
    if asked.measure == "distinct":
        return values.nunique(where=kept)
    if asked.measure == "average":
        return _average(values.sum(where=kept), values.count(where=kept))
    if asked.measure in ("first", "last"):
        return _outermost(facts, values, asked.measure, kept)
    return {"sum": values.sum, "min": values.min, "max": values.max}[asked.measure](where=kept)


def _average(total: Any, count: Any) -> Any:
    """To four decimals, halves away from zero. A quotient of whole numbers is the nearest double, and one that lies on
    a half is a double, so it is right of totals up to 9 × 10¹¹."""
    ten_thousandths = (total.cast("float64") * 10_000).round()
    return ((ten_thousandths / count.nullif(0)).round() / 10_000).cast("decimal(38, 4)")


def _outermost(facts: Any, values: Any, which: str, kept: Any) -> Any:
    """The value of the first or last fact that has one; of several at that moment, the greatest."""
    at = micros(facts.occurred_at)
    known = values.notnull() if kept is None else kept & values.notnull()
    return ibis.struct({"at": at if which == "last" else -at, "value": values}).max(where=known)["value"]


def nth_moment(facts: Any, n: int, kept: Any) -> Any:
    """When the n-th of the kept facts happened; null where there are fewer."""
    if n == 1:
        return facts.occurred_at.min(where=kept)
    moments = facts.occurred_at.collect(where=kept)
    return (moments.length() >= n).ifelse(moments.sort()[n - 1], ibis.null(TIME))


def kept(facts: Any, flag: str | None, since: Any = None, until: Any = None) -> Any:
    """Which facts count: those that pass the filters, in (since, until]; None when all do."""
    parts = [] if flag is None else [facts[flag]]
    if since is not None:
        parts.append(facts.occurred_at > since)
    if until is not None:
        parts.append(facts.occurred_at <= until)
    return reduce(lambda one, other: one & other, parts) if parts else None


def around(facts: Any, flag: str | None, window: Window) -> Any:
    """Which facts count: those after or before the anchor, within the span."""
    at = micros(facts.occurred_at)
    away = at - facts.anchor if window.after else facts.anchor - at
    near = away > 0
    if window.within:
        near &= away <= window.within.micros
    return near if flag is None else facts[flag] & near
