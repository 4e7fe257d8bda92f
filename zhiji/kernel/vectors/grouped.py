"""What is computed of the rows of each group; the rows lie in the order of their groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa

from zhiji.kernel.vectors.vector import Unfit, Unknown, Vector

LARGEST = 2**62
AGGREGATES = (ops.CountStar, ops.Count, ops.CountDistinct, ops.Sum, ops.Min, ops.Max, ops.Any)
Aggregate = Callable[..., Vector]


@dataclass(frozen=True)
class Groups:
    """The key of each group, where it begins, and how many rows there are."""

    keys: Vector
    starts: Any
    rows: int

    def counted(self, mask: Any) -> Any:
        """How many rows of each group the mask lets pass."""
        return self._reduced(np.add, self.each(mask), np.int64)

    def added(self, values: Any) -> Any:
        return self._reduced(np.add, values, np.int64)

    def outermost(self, ufunc: Any, values: Any) -> Any:
        return self._reduced(ufunc, values, values.dtype)

    def each(self, values: Any) -> Any:
        """The values, one for each row."""
        return values if np.ndim(values) else np.broadcast_to(values, self.rows)

    def _reduced(self, ufunc: Any, values: Any, kind: Any) -> Any:
        if not len(self.starts):
            return np.zeros(0, dtype=kind)
        return ufunc.reduceat(values, self.starts, dtype=kind)


def grouped(keys: Vector) -> Groups:
    """The groups of rows that lie in the order of these keys."""
    if keys.valid is not None:
        raise Unfit
    values = keys.values
    first = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    return Groups(Vector(values[starts]), starts, len(values))


def built(node: Any) -> tuple[Aggregate, Sequence[ops.Node]]:
    """How an aggregate is computed: of the groups, then the vectors of these nodes; the last says which rows count."""
    given: list[ops.Node] = [] if isinstance(node, ops.CountStar) else [node.arg]
    where = [node.where] if node.where is not None else []
    return _of(node, len(given), bool(where)), [*given, *where]


def _of(node: Any, given: int, filtered: bool) -> Aggregate:
    compute = _computed(node)

    def aggregate(groups: Groups, *vectors: Vector) -> Vector:
        mask: Any = vectors[given].true if filtered else None
        if not given:
            return Vector(groups.counted(True if mask is None else mask))
        of = vectors[0]
        if of.valid is not None:
            mask = of.valid if mask is None else np.logical_and(mask, of.valid)
        return compute(groups, of.values, None if mask is None else groups.each(mask))

    return aggregate


def _computed(node: Any) -> Callable[[Groups, Any, Any], Vector]:
    """The computation, of values and of a mask (None: all)."""
    if isinstance(node, ops.CountStar | ops.Count):
        return lambda groups, _, mask: Vector(groups.counted(True if mask is None else mask))
    if isinstance(node, ops.CountDistinct):
        return _distinct
    kind = node.arg.dtype
    if isinstance(node, ops.Any):
        return _any
    if isinstance(node, ops.Sum) and kind.is_decimal():
        return _sum
    if isinstance(node, ops.Min | ops.Max) and (kind.is_decimal() or kind.is_integer() or kind.is_timestamp()):
        return _outermost(np.minimum if isinstance(node, ops.Min) else np.maximum)
    raise Unknown(node)


def _sum(groups: Groups, values: Any, mask: Any) -> Vector:
    if len(values) and max(int(values.max()), -int(values.min())) > LARGEST // len(values):
        raise Unfit
    if mask is None:
        return Vector(groups.added(values))
    return Vector(groups.added(np.where(mask, values, 0)), groups.counted(mask) > 0)


def _outermost(ufunc: Any) -> Callable[[Groups, Any, Any], Vector]:
    limits = np.iinfo(np.int64)
    none = limits.max if ufunc is np.minimum else limits.min

    def outermost(groups: Groups, values: Any, mask: Any) -> Vector:
        if mask is None:
            return Vector(groups.outermost(ufunc, values))
        return Vector(groups.outermost(ufunc, np.where(mask, values, none)), groups.counted(mask) > 0)

    return outermost


def _any(groups: Groups, values: Any, mask: Any) -> Vector:
    true = groups.each(values)
    if mask is None:
        return Vector(groups.counted(true) > 0)
    return Vector(groups.counted(np.logical_and(true, mask)) > 0, groups.counted(mask) > 0)


def _distinct(groups: Groups, values: Any, mask: Any) -> Vector:
    if isinstance(values, pa.Array):
        values = values.dictionary_encode().indices.fill_null(-1).to_numpy()
    values = groups.each(values)
    number = np.cumsum(_begins(groups)) - 1
    if mask is not None:
        values, number = values[mask], number[mask]
    order = np.lexsort((values, number))
    values, number = values[order], number[order]
    new = np.ones(len(values), dtype=np.bool_)
    new[1:] = (values[1:] != values[:-1]) | (number[1:] != number[:-1])
    return Vector(np.bincount(number[new], minlength=len(groups.starts)))


def _begins(groups: Groups) -> Any:
    found = np.zeros(groups.rows, dtype=np.int64)
    found[groups.starts] = 1
    return found
