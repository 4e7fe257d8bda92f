"""What a set of conditions needs of a slice: tables, columns, moments, aggregates; collected leaf by leaf.

Equal measures of different conditions meet in one column, and all measures of one fact name in one pass. What
one pass can't tell (facts in an order, windows around other facts) is derived apart and joined.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import ibis

from zhiji.flow.segment.conditions.comparison import Type
from zhiji.flow.segment.conditions.measure import Asked
from zhiji.flow.segment.conditions.where import Where
from zhiji.flow.segment.conditions.window import Anchor, Edge, Span, Window, elapsed_ago
from zhiji.flow.segment.engine.followed import Chain, Step, followed, unfollowed
from zhiji.flow.segment.engine.made import (
    Calendar,
    CalendarUnit,
    Direction,
    Drawn,
    KeptDay,
    Lapse,
    Logged,
    Logs,
    Made,
    Told,
)  # fmt: skip
from zhiji.flow.segment.engine.references import Classes, Points, References, World
from zhiji.flow.segment.engine.row import joined, laid, parts
from zhiji.flow.segment.engine.scans import Build, FactNeed, Scan, aggregated, around, digest, kept, nth_moment
from zhiji.kernel.engine import moment

__all__ = ["Classes", "Needs", "Points", "World"]


class Needs(References):
    """Collects what leaves need, then hands them their columns and moments."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.attributes: dict[str, tuple[str, Type]] = {}
        self.made: dict[str, Made] = {}
        self.facts: dict[str, FactNeed] = {}
        self.anchors: dict[str, tuple[str, Anchor, Scan]] = {}
        self.marks: dict[str, Build] = {}
        self.derived: dict[str, Build] = {}
        self.tags: set[str] = set()
        self.consents: set[tuple[str, str]] = set()
        self.moments: dict[str, Callable[[datetime], datetime]] = {}
        self.exits: dict[str, set[str]] = {}

    # What leaves call, first to register, then to read.

    def fact(self, name: str) -> FactNeed:
        return self.facts.setdefault(name, FactNeed())

    def ever(self, name: str) -> None:
        self.fact(name).ever = True

    def edge(self, fact: str, edge: Edge) -> Any:
        """A moment that facts of this name are held against; when it passes one, its customer is looked at again."""
        self.moments.setdefault(edge.key, edge.compute)
        if edge.moving:
            self.exits.setdefault(fact, set()).add(edge.key)
        return moment(edge.key)

    def since_edge(self, fact: str, edge: Edge | None) -> Any:
        """Like `edge`, and facts before it needn't be read for this; None is of all time."""
        if edge is None:
            self.ever(fact)
            return None
        self.reach(fact, edge)
        return self.edge(fact, edge)

    def reach(self, fact: str, edge: Edge) -> None:
        """Facts before this moment needn't be read for this; nobody is looked at again when they pass it."""
        self.moments.setdefault(edge.key, edge.compute)
        self.fact(fact).starts.add(edge.key)

    def property(self, fact: str, name: str, type_: Type) -> str:
        column = f"{'number' if type_ == 'number' else 'text'}:{name}"
        self.fact(fact).columns[column] = (name, "number" if type_ == "number" else "text")
        return column

    def flag(self, fact: str, where: Sequence[Where]) -> str | None:
        """The column that says whether a fact passes these filters; None when there are none."""
        if not where:
            return None
        for one in where:
            one.need(fact, self)
        name = f"w_{digest(where)}"
        self.fact(fact).flags[name] = where
        return name

    def aggregate(
        self, fact: str, column: str, build: Build, start: str | None = None, flag: str | None = None
    ) -> None:
        """An aggregate of the main pass, of facts after the moment `start` (None: of all) that pass the filter."""
        self.fact(fact).main.add(column, build, start, flag)

    def measure(self, fact: str, asked: Asked, lower: Edge | None, upper: Edge | None) -> str:
        """The column of the row that holds an aggregate of the facts in (lower, upper]."""
        edges = [one.key if one else None for one in (lower, upper)]
        column = f"b_{digest(fact, asked.measure, asked.property, asked.type, asked.where, edges)}"
        if column not in self.fact(fact).main.aggregates:
            flag, values = self._reads(fact, asked)
            since = self.since_edge(fact, lower)
            until = self.edge(fact, upper) if upper else None
            build = lambda facts: aggregated(facts, asked, values, kept(facts, flag, since, until))  # noqa: E731
            self.aggregate(fact, column, build, lower.key if lower else None, flag)
        return column

    def _reads(self, fact: str, asked: Asked) -> tuple[str | None, str | None]:
        column = self.property(fact, asked.property, asked.type) if asked.property else None
        return self.flag(fact, asked.where), column

    def anchored(self, fact: str, asked: Asked, window: Window, anchor: Anchor) -> str:
        """The column of the row that holds an aggregate of the facts after or before an anchor."""
        key = f"{fact}:{digest(anchor)}"
        span = [window.form, window.within]
        column = f"b_{digest(key, asked.measure, asked.property, asked.type, asked.where, span)}"
        scan = self.anchors.setdefault(key, (fact, anchor, Scan()))[2]
        if column not in scan.aggregates:
            self.ever(fact)
            self.ever(anchor.fact)
            self.flag(anchor.fact, anchor.where)
            flag, values = self._reads(fact, asked)
            build = lambda facts: aggregated(facts, asked, values, around(facts, flag, window))  # noqa: E731
            scan.add(column, build, None, flag)
        return column

    def moment_of(self, fact: str, which: int | str, where: Sequence[Where] = ()) -> str:
        """The column of the row that says when such a fact happened first, last, or for the n-th time."""
        column = f"{'nth' + str(which) if isinstance(which, int) else which}:{fact}"
        flag = self.flag(fact, where)
        if flag:
            column += f":{flag}"
        self.ever(fact)
        if which == "last":
            self.aggregate(fact, column, lambda facts: facts.occurred_at.max(where=kept(facts, flag)), flag=flag)
        else:
            n = which if isinstance(which, int) else 1
            self.aggregate(fact, column, lambda facts: nth_moment(facts, n, kept(facts, flag)), flag=flag)
        return column

    def distinct_units(self, fact: str, where: Sequence[Where], edges: Sequence[Edge]) -> str:
        """The column of how many stretches have such a fact; each begins at an edge and ends at the one before it."""
        column = f"u_{digest(fact, where, [one.key for one in edges])}"
        if column not in self.fact(fact).main.aggregates:
            flag = self.flag(fact, where)
            begins = [self.since_edge(fact, one) for one in edges]

            def build(facts: Any) -> Any:
                unit = ibis.cases(*((facts.occurred_at > one, at) for at, one in enumerate(begins)))
                return unit.nunique(where=kept(facts, flag, begins[-1]))

            self.aggregate(fact, column, build, edges[-1].key, flag)
        return column

    def mark(self, column: str, build: Build) -> str:
        """A yes or no of the row, from a derived table of the customers (`customer_id`) of whom it is true."""
        self.marks.setdefault(column, build)
        return column

    def derive(self, column: str, build: Build) -> str:
        """A column of the row, from a derived table that has it for some customers (`customer_id`), once for each."""
        self.derived.setdefault(column, build)
        return column

    def followed(
        self, steps: Sequence[Step], same: str | None, lower: Edge | None, upper: Edge | None, within: Span | None
    ) -> str:
        """The mark of who took the steps one after another, the first in (lower, upper]."""
        chain = Chain(steps, same, lower, upper)
        return self._chained("followed", chain, within, lambda needs: followed(needs, chain, within))

    def unfollowed(
        self, steps: Sequence[Step], same: str | None, lower: Edge | None, upper: Edge | None, within: Span
    ) -> str:
        """The mark of who did the first in (lower, upper] and, in the span after it, not the second."""
        chain, until = Chain(steps, same, lower, upper), elapsed_ago(within)
        self.edge(steps[0][0], until)
        return self._chained("unfollowed", chain, within, lambda needs: unfollowed(needs, chain, within, until))

    def _chained(self, word: str, chain: Chain, within: Span | None, build: Build) -> str:
        edges = [one.key if one else None for one in (chain.lower, chain.upper)]
        column = f"{word}:{digest(chain.steps, chain.same, edges, within)}"
        if column not in self.marks:
            chain.register(self)
        return self.mark(column, build)

    def last(self, fact: str) -> str:
        return f"last:{fact}"

    def attribute(self, name: str, type_: Type) -> str:
        column = f"{type_}:{name}"
        self.attributes[column] = (name, type_)
        return column

    def make(self, made: Made) -> str:
        """The column of the row that is made when the slice is read."""
        self.made[made.column] = made
        return made.column

    def kept_day(self, attribute: str, calendar: Calendar) -> tuple[str, str]:
        """The columns of the days since the last kept day, and until the next."""
        return self.make(KeptDay(attribute, calendar, "behind")), self.make(KeptDay(attribute, calendar, "ahead"))

    def elapsed(self, attribute: str, unit: CalendarUnit, direction: Direction) -> str:
        return self.make(Lapse(attribute, unit, direction))

    def bucket(self, salt: str, of: int) -> str:
        return self.make(Drawn(salt, of))

    def logged(self, kind: Logs, key: str, what: Told) -> str:
        """The column of what the membership log last told."""
        return self.make(Logged(kind, key, what))

    def tag(self, tag: str) -> str:
        self.tags.add(tag)
        return f"tag:{tag}"

    def consent(self, channel: str, purpose: str) -> str:
        self.consents.add((channel, purpose))
        return f"consent:{channel}:{purpose}"

    def with_tables_of(self, other: "Needs") -> "Needs":
        """The needs of both, for loading one slice that serves two statements."""
        both = Needs(self.world)
        for part in (self, other):
            both.attributes |= part.attributes
            both.made |= part.made
            both.tags |= part.tags
            both.consents |= part.consents
            both.moments |= part.moments
            for name, need in part.facts.items():
                fact = both.fact(name)
                fact.columns.update(need.columns)
                fact.starts |= need.starts
                fact.ever = fact.ever or need.ever or not need.starts
        return both

    def row(self) -> Any:
        """Customers with one column for each attribute and aggregate, as an Ibis table of named tables."""
        return self.with_definitions(joined(self))

    def pieces(self) -> tuple[list[Any], Any]:
        """The same in pieces: the derived tables, and the row of a table in which they lie beside the customers."""
        several = parts(self)
        return several, self.with_definitions(laid(self, several))

    def since(self, name: str, as_of: datetime) -> datetime | None:
        """The earliest moment of this fact name that matters, or None for all of history."""
        need = self.facts[name]
        if need.ever or not need.starts:
            return None
        return min(self.moments[key](as_of) for key in need.starts)

    def parameters(self, as_of: datetime) -> dict[str, datetime]:
        """Every open moment of the compiled SQL, by name."""
        return {"as_of": as_of, **{key: compute(as_of) for key, compute in self.moments.items()}}
