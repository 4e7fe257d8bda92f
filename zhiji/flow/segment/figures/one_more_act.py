"""What one more act would make of customers: the classification asked again as if each had just done it.

An act changes everything that reads its fact: who orders for the first time has also ordered lately. So who is moved by
an act is told by the same classification, and not by one number of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from zhiji.flow.segment.conditions.relative import MEASURED, SCORED, Rank, Score
from zhiji.flow.segment.definitions.thresholds import Threshold
from zhiji.flow.segment.engine.slices import Tables, run
from zhiji.flow.segment.engine.statement import Statement


@dataclass(frozen=True)
class Act:
    """One more fact of this name, with a number as its property if it is one that is added up."""

    fact: str
    property: str = ""
    value: float = 0.0


def act_towards(one: Threshold, margin: float) -> Act | None:
    """The least act that raises what is held against the threshold; None where no fact of the customer does.

    `margin` is how near is near: of what is added up, as much as that.
    """
    leaf: Any = one.leaf
    if isinstance(leaf, Score):
        leaf = MEASURED[SCORED.get(leaf.measure, "orders_365d")]
    elif isinstance(leaf, Rank):
        leaf = leaf.measured
    elif str(leaf.__struct_config__.tag) not in ("behaviour", "recency", "regular") or leaf.where:
        return None
    summed = getattr(leaf, "measure", "count") == "sum"
    return Act(leaf.fact, leaf.property, margin) if summed else Act(leaf.fact)


def passes_by_itself(one: Threshold) -> bool:
    """Whether time alone moves what is held against the threshold: it looks through a window, or tells how long ago."""
    leaf = one.leaf
    if isinstance(leaf, Score | Rank) or one.unit:
        return True
    return getattr(leaf, "window", None) is not None or str(leaf.__struct_config__.tag) == "regular"


def acted(statement: Statement, tables: Tables, act: Act, as_of: datetime) -> pa.Table:
    """The statement's answer over these tables, as if each of the customers had done the act at `as_of`."""
    return run(statement, {**tables, **_more(tables, act, as_of)}, as_of)


def _more(tables: Tables, act: Act, as_of: datetime) -> Mapping[str, pa.Table]:
    """The table of the act's facts (of everybody, their tail) with one more of each customer."""
    name = f"tail:{act.fact}" if f"tail:{act.fact}" in tables else f"fact:{act.fact}"
    facts: Any = tables[name]
    ids = pa.array(tables["customers"].column("id").to_pylist(), pa.int64())  # type: ignore[union-attr]
    columns = {"customer_id": ids, "occurred_at": pa.array([as_of] * len(ids), facts.schema.field("occurred_at").type)}
    for field in facts.schema:
        if field.name not in columns:
            columns[field.name] = _values(field, act, len(ids))
    return {name: pa.concat_tables([facts, pa.table(columns, schema=facts.schema)])}


def _values(field: pa.Field, act: Act, count: int) -> pa.Array:
    if field.name == f"number:{act.property}":
        return pa.array([round(act.value, 4)] * count, pa.float64()).cast(field.type)
    return pa.nulls(count, field.type)
