"""What is computed of the rows of each group; the rows lie in the order of their groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiji.kernel.columnar.vector import Unfit, Unknown, Vector

LARGEST = 2**62
AGGREGATES = (ops.CountStar, ops.Count, ops.CountDistinct, ops.Sum, ops.Min, ops.Max, ops.Any)
Aggregate = Callable[..., Vector]


@dataclass(frozen=True)
class Groups:
    """The keys of each group, where it begins, and how many rows there are."""

    keys: tuple[Vector, ...]
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


def grouped(*keys: Vector) -> Groups:
    """The groups of rows that lie in the order of these keys."""
    codes = [coded(key) for key in keys]
    first = np.ones(len(codes[0]), dtype=np.bool_)
    first[1:] = reduce(np.logical_or, (code[1:] != code[:-1] for code in codes))
    starts = np.flatnonzero(first)
    return Groups(tuple(key.take(starts) for key in keys), starts, len(first))


def order(*keys: Vector) -> Any:
    """The places of the rows in the order of these keys; None where they lie in it."""
    first, *others = (coded(key) for key in keys)
    if not others:
        return None if (first[1:] >= first[:-1]).all() else np.argsort(first, kind="stable")
    return np.lexsort((*others[::-1], first))


def coded(key: Vector) -> Any:
    """Numbers in the place of a key's values, alike where these are; texts in the order of their bytes, null first."""
    if not isinstance(key.values, pa.Array):
        if key.valid is not None and not np.all(key.valid):
            raise Unfit
        return key.values
    encoded = key.values.dictionary_encode()
    places = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(places) + 1, dtype=np.int64)
    ranks[places] = np.arange(len(places))
    ranks[-1] = -1
    return ranks[encoded.indices.fill_null(len(places)).to_numpy()]


def numbered(groups: int, descending: tuple[bool, ...]) -> Callable[..., Vector]:
    """What numbers the rows of each group from 0 on: of the vectors that make the groups, then those that order."""

    def number(*keys: Vector) -> Vector:
        codes = [coded(key) for key in keys]
        if any((code < 0).any() for code, key in zip(codes, keys, strict=True) if isinstance(key.values, pa.Array)):
            raise Unfit  # where nulls come is the engine's to say
        ordered = [-code if down else code for code, down in zip(codes[groups:], descending, strict=True)]
        places = np.lexsort((*ordered[::-1], *codes[groups - 1 :: -1]))
        first = np.ones(len(places), dtype=np.bool_)
        first[1:] = reduce(np.logical_or, (code[places][1:] != code[places][:-1] for code in codes[:groups]))
        starts = np.flatnonzero(first)
        found = np.empty(len(places), dtype=np.int64)
        found[places] = np.arange(len(places)) - starts[np.cumsum(first) - 1]
        return Vector(found)

    return number


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
        values = of.values if isinstance(of.values, pa.Array) else groups.each(of.values)
        return compute(groups, values, None if mask is None else groups.each(mask))

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
    if mask is None:
        return Vector(groups.counted(values) > 0)
    return Vector(groups.counted(np.logical_and(values, mask)) > 0, groups.counted(mask) > 0)


def _distinct(groups: Groups, values: Any, mask: Any) -> Vector:
    if isinstance(values, pa.Array):
        values = values.dictionary_encode().indices.fill_null(-1).to_numpy()
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
