"""Ask conditions about customers at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhiji.flow.segment.conditions import Node, parse
from zhiji.flow.segment.conditions.membership import InClass
from zhiji.flow.segment.engine.slices import everyone, few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.reasons import Reasons, Why, class_nodes
from zhiji.flow.segment.world import Definitions, definitions


def verdicts(trees: Mapping[str, Any], customer_ids: Sequence[int] | None, as_of: datetime) -> dict[str, set[int]]:
    """For each tree by key, the ids of the roots for whom it holds.

    `customer_ids` are roots to ask about; None is everybody, read from the lake. Raises ConditionError.
    """
    statement = definitions().statement(parsed(trees))
    answer = answered(statement, customer_ids, as_of)
    ids = answer.column("id")
    return {key: set(ids.filter(answer.column(f"v:{key}")).to_pylist()) for key in trees}


def classes(schemes: Sequence[str], customer_ids: Sequence[int] | None, as_of: datetime) -> dict[str, dict[int, str]]:
    """For each scheme by key, the class key of every root asked about, computed now, not as stored."""
    answer = answered(definitions().statement({}, tuple(schemes)), customer_ids, as_of)
    ids = answer.column("id").to_pylist()
    return {key: dict(zip(ids, answer.column(f"c:{key}").to_pylist(), strict=True)) for key in schemes}


def answered(statement: Statement, customer_ids: Sequence[int] | None, as_of: datetime) -> pa.Table:
    """A statement's answer for these roots, or for everybody."""
    if customer_ids is None:
        return run(statement, everyone(statement.needs, as_of), as_of)
    return run(statement, few(statement.needs, customer_ids, as_of), as_of)


def parsed(trees: Mapping[str, Any]) -> dict[str, Node]:
    return {key: tree if isinstance(tree, Node) else parse(tree) for key, tree in trees.items()}


@dataclass(frozen=True)
class Explanation:
    """Whether a condition holds for a customer at a moment, and every leaf's value."""

    holds: bool
    why: Why


def explain(tree: Any, customer_id: int, as_of: datetime, known: Definitions | None = None) -> Explanation | None:
    """Why a condition does or doesn't hold for a root; None for an id that is no root. Raises ConditionError."""
    known = known or definitions()
    node = tree if isinstance(tree, Node) else parse(tree)
    statement = known.statement({"it": node}, with_leaves=True)
    answer = answered(statement, [customer_id], as_of)
    if not answer.num_rows:
        return None
    why = Reasons(statement, answer, known.names).of([node], customer_id)
    if isinstance(node, InClass):
        why += _why_class(node, customer_id, as_of, known)
    return Explanation(bool(answer.column("v:it")[0].as_py()), why)


def _why_class(node: InClass, customer_id: int, as_of: datetime, known: Definitions) -> Why:
    """The leaves of the conditions that put a customer into the class it has."""
    statement = known.statement({}, (node.scheme,), with_leaves=True)
    answer = answered(statement, [customer_id], as_of)
    found = answer.column(f"c:{node.scheme}")[0].as_py()
    return Reasons(statement, answer, known.names).of(class_nodes(known, node.scheme, found), customer_id)


@dataclass(frozen=True)
class Preview:
    """How many of everybody a condition would hold for, and some of them (the newest customers)."""

    count: int
    population: int
    sample: list[int]


def preview(tree: Any, as_of: datetime, sample: int = 10) -> Preview:
    """Count a condition that isn't saved. Raises ConditionError."""
    node = tree if isinstance(tree, Node) else parse(tree)
    answer = answered(definitions().statement({"it": node}), None, as_of)
    ids = answer.column("id").filter(answer.column("v:it"))
    newest = pc.take(ids, pc.sort_indices(ids, sort_keys=[("", "descending")])[:sample]) if len(ids) else ids
    return Preview(len(ids), answer.num_rows, newest.to_pylist())
