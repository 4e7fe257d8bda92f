"""Ask conditions about customers at a moment.

With `past`, what was given of customers is read as it was known at the moment, cut points are those published by
then, and customers who weren't seen by then aren't there. Definitions, and who is who, are as they are now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from zhiji.flow.segment.conditions import Node, parse
from zhiji.flow.segment.definitions.as_of import asked_then
from zhiji.flow.segment.definitions.cut_points import drafted
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.customers import Only, roots
from zhiji.flow.segment.engine.slices import answered, everyone, few, run


def verdicts(
    trees: Mapping[str, Any], customer_ids: Sequence[int] | None, as_of: datetime, *, past: bool = False
) -> dict[str, set[int]]:
    """For each tree by key, the ids of the roots for whom it holds.

    `customer_ids` are roots to ask about; None is everybody, read from the lake. Raises ConditionError.
    """
    known, nodes = definitions(), parsed(trees)
    if past:
        known = asked_then(known, nodes.values(), (), as_of)
    answer = answered(known.statement(nodes), customer_ids, as_of, past=past)
    ids = answer.column("id")
    return {key: set(ids.filter(answer.column(f"v:{key}")).to_pylist()) for key in trees}


def classes(
    schemes: Sequence[str], customer_ids: Sequence[int] | None, as_of: datetime, *, past: bool = False
) -> dict[str, dict[int, str]]:
    """For each scheme by key, the class key of every root asked about, computed now, not as stored."""
    known = definitions()
    if past:
        known = asked_then(known, (), schemes, as_of)
    answer = answered(known.statement({}, tuple(schemes)), customer_ids, as_of, past=past)
    ids = answer.column("id").to_pylist()
    return {key: dict(zip(ids, answer.column(f"c:{key}").to_pylist(), strict=True)) for key in schemes}


def parsed(trees: Mapping[str, Any]) -> dict[str, Node]:
    return {key: tree if isinstance(tree, Node) else parse(tree) for key, tree in trees.items()}


@dataclass(frozen=True)
class Preview:
    """How many of those asked a condition would hold for, and some of them (the newest customers)."""

    count: int
    population: int
    sample: list[int]


def preview(
    tree: Any, as_of: datetime, sample: int = 10, *, past: bool = False, ids: Sequence[int] | None = None
) -> Preview:
    """Count a condition that isn't saved, among everybody or these roots. Raises ConditionError."""
    nodes, known = parsed({"it": tree}), definitions()
    known = asked_then(known, nodes.values(), (), as_of) if past else drafted(known, nodes.values(), as_of, ids)
    statement, implied = known.statement(nodes), None if past else nodes["it"].implied()
    only = Only(implied, roots()) if implied and ids is None else None
    if ids is None:
        tables = everyone(statement.needs, as_of, past=past, only=only)
    else:
        tables = few(statement.needs, ids, as_of, past=past)
    held = run(statement.holding, tables, as_of).column("id")
    newest = pc.take(held, pc.sort_indices(held, sort_keys=[("", "descending")])[:sample]) if len(held) else held
    return Preview(len(held), len(only.roots) if only else tables["customers"].num_rows, newest.to_pylist())
