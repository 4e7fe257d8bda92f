"""What a set of conditions needs of a slice: tables, columns, moments, aggregates; collected leaf by leaf.

Equal measures of different conditions meet in one column, and all measures of one fact name in one pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis

from zhiji.flow.segment.conditions.comparison import NUMBER, Type
from zhiji.flow.segment.conditions.membership import some
from zhiji.flow.segment.conditions.node import ConditionError, Node, nearest, walk
from zhiji.kernel.engine import TIME, moment

ENGINE_TYPES: dict[Type, str] = {
    "text": "string", "number": NUMBER, "time": TIME, "date": "date", "list": "string", "flag": "string",
}  # fmt: skip
Classes = Sequence[tuple[str, Node | None]]


@dataclass(frozen=True)
class World:
    """What conditions refer to: live definitions by key, and published cut points by name."""

    segments: Mapping[str, Node] = field(default_factory=dict)
    schemes: Mapping[str, Classes] = field(default_factory=dict)
    cuts: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass
class FactNeed:
    """One fact name's table: columns as {name in the table: (property, type)}, aggregates, how far back."""

    columns: dict[str, tuple[str, Type]] = field(default_factory=dict)
    aggregates: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    starts: set[str] = field(default_factory=set)
    ever: bool = False


class Needs:
    """Collects what leaves need, then hands them their columns and moments."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.attributes: dict[str, tuple[str, Type]] = {}
        self.facts: dict[str, FactNeed] = {}
        self.tags: set[str] = set()
        self.moments: dict[str, Callable[[datetime], datetime]] = {}
        self.exits: dict[str, set[str]] = {}
        self._entered: list[str] = []
        self._done: set[str] = set()

    def add(self, node: Node) -> None:
        """Register everything the tree needs. Raises ConditionError for what refers to nothing or to itself."""
        for path, one in walk(node):
            try:
                one.need(self)
            except ConditionError as error:
                if error.path != "$" or self._entered:
                    raise
                raise ConditionError(path, error.reason, error.hint) from None

    # What leaves call, first to register, then to read.

    def fact(self, name: str) -> FactNeed:
        return self.facts.setdefault(name, FactNeed())

    def ever(self, name: str) -> None:
        self.fact(name).ever = True

    def property(self, fact: str, name: str, type_: Type) -> str:
        column = f"{'number' if type_ == 'number' else 'text'}:{name}"
        self.fact(fact).columns[column] = (name, type_)
        return column

    def aggregate(self, fact: str, column: str, build: Callable[[Any], Any]) -> None:
        self.fact(fact).aggregates.setdefault(column, build)

    def last(self, fact: str) -> str:
        return f"last:{fact}"

    def start(self, fact: str, key: str, compute: Callable[[datetime], datetime], *, bounds: bool = True) -> Any:
        """A moment before as_of that facts of this name are held against; when one passes it, look again."""
        self.moments.setdefault(key, compute)
        self.exits.setdefault(fact, set()).add(key)
        if bounds:
            self.fact(fact).starts.add(key)
        return moment(key)

    def attribute(self, name: str, type_: Type) -> str:
        column = f"{type_}:{name}"
        self.attributes[column] = (name, type_)
        return column

    def tag(self, tag: str) -> str:
        self.tags.add(tag)
        return f"tag:{tag}"

    def cut(self, name: str) -> Sequence[float] | None:
        return self.world.cuts.get(name)

    def segment(self, key: str) -> Node:
        node = self.world.segments.get(key)
        if node is None:
            raise ConditionError("$", f"no segment {key!r}", nearest(key, self.world.segments))
        self._enter(f"segment:{key}", [node])
        return node

    def scheme(self, key: str) -> Classes:
        classes = self.world.schemes.get(key)
        if classes is None:
            raise ConditionError("$", f"no scheme {key!r}", nearest(key, self.world.schemes))
        self._enter(f"scheme:{key}", [node for _, node in classes if node is not None])
        return classes

    def class_of(self, key: str, row: Any) -> Any:
        """The key of the first class whose condition holds."""
        classes = self.scheme(key)
        found: Any = ibis.literal(classes[-1][0])
        for name, node in reversed(classes[:-1]):
            if node is not None:
                found = node.holds(row, self).ifelse(ibis.literal(name), found)
        return found

    def _enter(self, name: str, nodes: Sequence[Node]) -> None:
        """Register what a referred definition needs, once; refuse a definition that comes back to itself."""
        if name in self._entered:
            path = [*self._entered[self._entered.index(name) :], name]
            raise ConditionError("$", f"it refers to itself: {' → '.join(path)}", "take one of these references out")
        if name in self._done:
            return
        self._entered.append(name)
        for node in nodes:
            self.add(node)
        self._entered.pop()
        self._done.add(name)

    def with_tables_of(self, other: "Needs") -> "Needs":
        """The needs of both, for loading one slice that serves two statements."""
        both = Needs(self.world)
        both.attributes = {**self.attributes, **other.attributes}
        both.tags = self.tags | other.tags
        both.moments = {**self.moments, **other.moments}
        for part in (self, other):
            for name, need in part.facts.items():
                fact = both.fact(name)
                fact.columns.update(need.columns)
                fact.starts |= need.starts
                fact.ever = fact.ever or need.ever or not need.starts
        return both

    # The joined row of a slice.

    def row(self) -> Any:
        """Customers with one column for each attribute and aggregate, as an Ibis table of named tables."""
        columns = {"id": "int64", **{name: ENGINE_TYPES[type_] for name, (_, type_) in self.attributes.items()}}
        row = ibis.table(columns, name="customers")
        for name in sorted(self.facts):
            row = self._joined(row, self._measured(name))
        if self.tags:
            row = self._joined(row, self._tagged())
        return row.mutate({f"tag:{tag}": row[f"tag:{tag}"].fill_null(False) for tag in sorted(self.tags)})

    @staticmethod
    def _joined(row: Any, measured: Any) -> Any:
        return row.left_join(measured, row.id == measured.customer_id).drop("customer_id")

    def _measured(self, name: str) -> Any:
        need = self.facts[name]
        columns = {column: ENGINE_TYPES[type_] for column, (_, type_) in sorted(need.columns.items())}
        facts = ibis.table({"customer_id": "int64", "occurred_at": TIME, **columns}, name=f"fact:{name}")
        kept = facts.occurred_at <= moment("as_of")
        if not need.ever and need.starts:
            kept &= some([facts.occurred_at > moment(key) for key in sorted(need.starts)])
        facts = facts.filter(kept)
        built = {column: build(facts) for column, build in sorted(need.aggregates.items())}
        return facts.group_by("customer_id").aggregate(**built)

    def _tagged(self) -> Any:
        tags = ibis.table({"customer_id": "int64", "tag": "string"}, name="tags")
        built = {f"tag:{tag}": (tags.tag == tag).any() for tag in sorted(self.tags)}
        return tags.group_by("customer_id").aggregate(**built)

    def since(self, name: str, as_of: datetime) -> datetime | None:
        """The earliest moment of this fact name that matters, or None for all of history."""
        need = self.facts[name]
        if need.ever or not need.starts:
            return None
        return min(self.moments[key](as_of) for key in need.starts)

    def parameters(self, as_of: datetime) -> dict[str, datetime]:
        """Every open moment of the compiled SQL, by name."""
        return {"as_of": as_of, **{key: compute(as_of) for key, compute in self.moments.items()}}
