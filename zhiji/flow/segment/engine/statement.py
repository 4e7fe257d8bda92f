"""A statement: a set of conditions and schemes compiled together, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import ibis
import msgspec
import pyarrow as pa

from zhiji.flow.segment.conditions import Node, leaves
from zhiji.flow.segment.conditions.window import TICK, Back
from zhiji.flow.segment.engine.needs import Needs, World
from zhiji.kernel import engine
from zhiji.kernel.columnar.query import Query
from zhiji.kernel.lake import MOMENT


@dataclass(frozen=True)
class Pieces:
    """A statement as several: `parts` give what is derived of facts, tags and consents by customer_id; joined to the
    customers they are the table ROW, of which `rows` gives the answer. What several columns ask alike is computed for
    one of them: `same` is {column: the one that is computed}."""

    parts: tuple[Query, ...]
    rows: Query
    same: Mapping[str, str]


@dataclass(frozen=True)
class Statement:
    """Gives a row for each customer: `id`, `v:<key>` for each condition, `c:<scheme>` for each scheme, and with leaves
    also `l:<n>` (value) and `h:<n>` (verdict) for each leaf; `leaf_names` finds n by the leaf.

    `select` makes that of the joined row. Whole it is `expression`, for any engine to compile, and `sql`; in pieces it
    is quicker for small slices, as no join carries hundreds of columns.
    """

    needs: Needs
    select: Callable[[Any], Any]
    conditions: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    leaf_names: Mapping[bytes, int] = field(default_factory=dict)
    told: dict[int, dict[object, str]] = field(default_factory=dict, compare=False, repr=False)
    """What reasons begin with, kept by who reads them: by the fingerprint of names, by leaf."""

    @cached_property
    def expression(self) -> Any:
        return self.select(self.needs.row())

    @cached_property
    def sql(self) -> str:
        return engine.sql(self.expression)

    @cached_property
    def pieces(self) -> Pieces:
        parts, row = self.needs.pieces()
        answer = self.select(row)
        computed: dict[Any, str] = {}
        same = {name: computed.setdefault(value, name) for name, value in answer.op().values.items()}
        rows = answer.select("id", *(name for name in computed.values() if name != "id"))
        return Pieces(tuple(Query(part, "customer_id") for part in parts), Query(rows, "id"), same)

    @cached_property
    def holding(self) -> Statement:
        """Gives the `id` of those for whom the one condition holds: who can't be one of them is dropped early."""
        (key,) = self.conditions

        def select(row: Any) -> Any:
            answer = self.select(row)
            return answer.filter(answer[f"v:{key}"]).select("id")

        return replace(self, select=select)

    def parameters(self, as_of: datetime) -> dict[str, datetime]:
        """The moments that the SQL names; DuckDB refuses any that it doesn't."""
        text = self.sql  # compiling it adds moments
        return {name: value for name, value in self.needs.parameters(as_of).items() if f"${name}" in text}

    def moments(self, several: Sequence[datetime]) -> dict[str, pa.Array]:
        """`parameters` of many moments: each name with the column of its moments."""
        text = self.sql
        asked = pa.array(several, MOMENT)
        numbers = asked.cast(pa.int64()).to_numpy()
        lower, upper = min(several), max(several)
        columns = {"as_of": asked}
        for name, compute in self.needs.moments.items():
            span = compute.steady(lower, upper) if isinstance(compute, Back) else None
            if span is None:
                columns[name] = pa.array([compute(at).astimezone(UTC) for at in several], MOMENT)
            else:
                columns[name] = pa.array(numbers - span // TICK, pa.int64()).cast(MOMENT)
        return {name: column for name, column in columns.items() if f"${name}" in text}


def leaf_key(leaf: Node) -> bytes:
    """Equal leaves have equal keys."""
    return msgspec.json.encode(leaf)


def compiled(
    conditions: Mapping[str, Node], schemes: tuple[str, ...], world: World, *, with_leaves: bool = False
) -> Statement:
    """Compile. Raises ConditionError when a reference leads nowhere or back to itself."""
    needs = Needs(world)
    for node in conditions.values():
        needs.add(node)
    for key in schemes:
        needs.scheme(key)
    leaves_of = _leaves(conditions, schemes, world) if with_leaves else []

    def select(row: Any) -> Any:
        columns: dict[str, Any] = {"id": row.id}
        for key, node in conditions.items():
            columns[f"v:{key}"] = node.holds(row, needs)
        for key in schemes:
            columns[f"c:{key}"] = needs.class_of(key, row)
        for number, leaf in enumerate(leaves_of):
            columns[f"l:{number}"] = leaf.value_of(row, needs)
            columns[f"h:{number}"] = leaf.holds(row, needs)
        return row.select(**{name: _named(value) for name, value in columns.items()})

    names = {leaf_key(leaf): number for number, leaf in enumerate(leaves_of)}
    return Statement(needs, select, tuple(conditions), schemes, names)


def _named(value: Any) -> Any:
    return value if value is not None else ibis.null("string")


def _leaves(conditions: Mapping[str, Node], schemes: tuple[str, ...], world: World) -> list[Node]:
    found: dict[bytes, Node] = {}
    trees = [*conditions.values()]
    for key in schemes:
        trees.extend(node for _, node in world.schemes[key] if node is not None)
    for tree in trees:
        for leaf in leaves(tree):
            found.setdefault(leaf_key(leaf), leaf)
    return list(found.values())
