"""A statement: a set of conditions and schemes compiled together, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis
import msgspec

from zhiji.flow.segment.conditions import Node, leaves
from zhiji.flow.segment.engine.needs import Needs, World
from zhiji.kernel import engine


@dataclass(frozen=True)
class Statement:
    """`sql` gives a row for each customer: `id`, `v:<key>` for each condition, `c:<scheme>` for each scheme, and
    with leaves also `l:<n>` (value) and `h:<n>` (verdict) for each leaf; `leaf_names` finds n by the leaf.
    `expression` is the same for other engines to compile."""

    sql: str
    expression: Any
    needs: Needs
    conditions: tuple[str, ...]
    schemes: tuple[str, ...]
    leaf_names: Mapping[bytes, int] = field(default_factory=dict)

    def parameters(self, as_of: datetime) -> dict[str, datetime]:
        """The moments that the SQL names; DuckDB refuses any that it doesn't."""
        return {name: value for name, value in self.needs.parameters(as_of).items() if f"${name}" in self.sql}


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
    row = needs.row()
    columns: dict[str, Any] = {"id": row.id}
    for key, node in conditions.items():
        columns[f"v:{key}"] = node.holds(row, needs)
    for key in schemes:
        columns[f"c:{key}"] = needs.class_of(key, row)
    names: dict[bytes, int] = {}
    if with_leaves:
        for leaf in _leaves(conditions, schemes, world):
            names[leaf_key(leaf)] = number = len(names)
            columns[f"l:{number}"] = leaf.value_of(row, needs)
            columns[f"h:{number}"] = leaf.holds(row, needs)
    expression = row.select(**{name: _named(value) for name, value in columns.items()})
    return Statement(engine.sql(expression), expression, needs, tuple(conditions), schemes, names)


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
