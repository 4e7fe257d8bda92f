"""About how many customers a condition holds for, by a sample: for whoever is still writing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from zhiji.flow.segment.conditions import Node, parse
from zhiji.flow.segment.definitions.cut_points import drafted
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.slices import run
from zhiji.flow.segment.figures.customer_sample import sampled


@dataclass(frozen=True)
class Estimate:
    """How many of everybody, both about."""

    count: int
    population: int


def estimated(tree: Any, as_of: datetime, ids: Sequence[int] | None = None) -> Estimate | None:
    """The estimate; None where customers are few enough to be counted at once, as these roots are.

    Raises ConditionError.
    """
    if ids is not None:
        return None
    node = tree if isinstance(tree, Node) else parse(tree)
    statement = drafted(definitions(), [node], as_of).statement({"it": node})
    some = sampled(statement.needs, as_of)
    if some is None:
        return None
    answer = run(statement, some[0], as_of)
    held = pc.sum(answer.column("v:it")).as_py() or 0
    return Estimate(round(held * some[1]), round(answer.num_rows * some[1]))
