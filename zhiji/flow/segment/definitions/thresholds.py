"""The numbers in a scheme's classes that a hand can drag, and how the population lies around each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiji.flow.segment.conditions import Node, leaves, parse, plain
from zhiji.flow.segment.conditions.node import walk
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.slices import answered, run
from zhiji.flow.segment.engine.statement import leaf_key
from zhiji.flow.segment.figures.customer_sample import sampled

BARS = 44
DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 30.44, "years": 365.25}
WHOLE = ("count", "distinct")
Step = str | int


@dataclass(frozen=True)
class Threshold:
    """A number of a leaf: where it stands in the class's condition, what it is held against and by which operator.

    `unit` is "share", a unit of time, or "" for a plain number; `whole` numbers have no fraction; `negated`: the
    class takes those for whom the leaf doesn't hold.
    """

    place: int
    path: tuple[Step, ...]
    leaf: Node
    op: str
    value: float
    unit: str = ""
    whole: bool = False
    negated: bool = False


def thresholds(place: int, tree: Any) -> list[Threshold]:
    """The thresholds of the condition of the class at `place`, left to right. Raises ConditionError."""
    found, denials = [], []
    for path, leaf in walk(parse(tree)):
        if leaf.children():
            denials += [path] if str(leaf.__struct_config__.tag) == "not" else []
            continue
        negated = sum(path.startswith(f"{one}.") for one in denials) % 2 == 1
        steps = tuple(int(index) if index else name for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path))
        found += [
            Threshold(place, (*steps, *field), leaf, op, value, unit, whole, negated)
            for field, op, value, unit, whole in _numbers(leaf)
        ]
    return found


def _numbers(leaf: Node) -> list[tuple[tuple[Step, ...], str, float, str, bool]]:
    """(field, operator, value, unit, whole) of every number of this leaf that can be moved."""
    told: Mapping[str, Any] = plain(leaf)
    kind, op = told["kind"], told.get("op", "")
    if kind == "rank":
        return [(field, side, value, "share", False) for field, side, value in _values("share", told["share"], op)]
    if kind == "regular":
        return [(("at_least",), "ge", float(told["at_least"]), "", True)]
    if kind not in ("behaviour", "attribute", "recency", "elapsed", "score"):
        return []
    unit = told.get("unit", "") if kind in ("recency", "elapsed") else ""
    whole = kind in ("recency", "elapsed", "score") or told.get("measure") in WHOLE
    return [(field, side, value, unit, whole) for field, side, value in _values("value", told.get("value"), op)]


def _values(field: str, value: Any, op: str) -> list[tuple[tuple[Step, ...], str, float]]:
    """One number, or the two of `between`."""
    if _number(value) and op in ("eq", "ne", "gt", "ge", "lt", "le", "top", "bottom"):
        return [((field,), op, float(value))]
    if isinstance(value, list) and len(value) == 2 and all(map(_number, value)) and op == "between":
        return [((field, 0), "ge", float(value[0])), ((field, 1), "le", float(value[1]))]
    return []


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Spread:
    """How a measure lies in the population: bars of equal width from `low` to `high`.

    Of a share the bars are the measure itself, from the first in rank to the last. `missing` have no value,
    `beyond` lie outside the picture.
    """

    low: float
    high: float
    bars: list[float]
    missing: int
    beyond: int
    step: float


def spreads(asked: Sequence[Threshold], as_of: datetime, ids: Sequence[int] | None = None) -> list[Spread | None]:
    """The spread behind each threshold; None where the leaf's value is no number. One read of everybody (or of these
    roots), or of a sample when customers are many, each of whom then counts for many."""
    if not asked:
        return []
    statement = definitions().statement({str(at): one for at, one in enumerate(_leaves(asked))}, with_leaves=True)
    some = sampled(statement.needs, as_of) if ids is None else None
    answer, each = (run(statement, some[0], as_of), some[1]) if some else (answered(statement, ids, as_of), 1.0)
    drawn = [_spread(one, answer.column(f"l:{statement.leaf_names[leaf_key(one.leaf)]}"), as_of) for one in asked]
    return [
        _grown(one, each) if one and threshold.unit != "share" else one
        for one, threshold in zip(drawn, asked, strict=True)
    ]


def _grown(one: Spread, each: float) -> Spread:
    """Counts of a sample as of everybody."""
    bars = [count * each for count in one.bars]
    return replace(one, bars=bars, missing=round(one.missing * each), beyond=round(one.beyond * each))


def _leaves(asked: Iterable[Threshold]) -> list[Node]:
    return [leaf for one in asked for leaf in leaves(one.leaf)]


def _spread(one: Threshold, column: Any, as_of: datetime) -> Spread | None:
    values = _values_of(column, one.unit, as_of)
    if values is None:
        return None
    known = values[~np.isnan(values)]
    missing = len(values) - len(known)
    if one.unit == "share":
        return _ranked(one.op, known[known > 0], missing)
    if str(one.leaf.__struct_config__.tag) == "score":
        counts = [int(np.count_nonzero(known == point)) for point in range(1, 6)]
        return Spread(1, 6, [float(count) for count in counts], missing, 0, 1)
    low, high, width = _frame(known, one)
    edges = low + width * np.arange(round((high - low) / width) + 1)
    inside = [float(count) for count in np.histogram(known, edges)[0]]
    step = 1.0 if one.whole else max(0.01, round(width / 10, 2))
    return Spread(float(low), float(edges[-1]), inside, missing, len(known) - int(sum(inside)), step)


def _frame(known: "np.ndarray[tuple[int], np.dtype[np.float64]]", one: Threshold) -> tuple[float, float, float]:
    """(low, high, width of a bar): to the 98th of a hundred, with room around the threshold."""
    top = float(np.quantile(known, 0.98)) if len(known) else 10.0
    low = min(0.0, float(np.quantile(known, 0.02))) if len(known) else 0.0
    high = max(top, one.value * 1.25, low + (5 if one.whole else 1))
    width = _nice((high - low) / BARS)
    if one.whole:
        width = max(1.0, float(np.ceil(width)))
    low = float(np.floor(low / width) * width)
    return low, float(low + np.ceil((high + (1 if one.whole else 0) - low) / width) * width), width


def _nice(width: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(width)) if width > 0 else 1.0
    return float(next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= width))


def _ranked(op: str, known: "np.ndarray[tuple[int], np.dtype[np.float64]]", missing: int) -> Spread:
    at = (np.arange(BARS) + 0.5) / BARS
    quantiles = np.quantile(known, at if op == "bottom" else 1 - at) if len(known) else np.zeros(BARS)
    return Spread(0, 1, [round(float(value), 2) for value in quantiles], missing, 0, 0.01)


def _values_of(column: Any, unit: str, as_of: datetime) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
    """The leaf's values as numbers, moments as units of time ago; missing ones are nan."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        micros = _floats(column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()))
        ago: np.ndarray[tuple[int], np.dtype[np.float64]] = (as_of.timestamp() - micros / 1e6) / 86400
        return ago / DAYS.get(unit, 1.0)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _floats(column)
    return None


def _floats(column: Any) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = pc.fill_null(
        column.cast(pa.float64(), safe=False), np.nan
    ).to_numpy()
    return found


def described(one: Threshold, spread: Spread | None, said: str) -> Mapping[str, Any]:
    """A threshold as the page's script takes it."""
    return {
        "place": one.place,
        "path": list(one.path),
        "sentence": said,
        "op": one.op,
        "value": one.value,
        "unit": one.unit,
        "whole": one.whole,
        "negated": one.negated,
        "score": str(one.leaf.__struct_config__.tag) == "score",
        "spread": None
        if spread is None
        else {
            "low": spread.low,
            "high": spread.high,
            "bars": spread.bars,
            "missing": spread.missing,
            "beyond": spread.beyond,
            "step": spread.step,
        },
    }
