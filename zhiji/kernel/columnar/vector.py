"""Columns as NumPy arrays with SQL's nulls; how they come from Arrow, and go back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MOMENT = pa.timestamp("us", "UTC")
PLAIN: dict[pa.DataType, str] = {pa.int64(): "i8", pa.float64(): "f8", pa.date32(): "i4", MOMENT: "i8"}


class Unknown(Exception):
    """No way is known here to compute this; the engine has one."""


class Unfit(Exception):
    """These very values would not be computed exactly; the engine does it."""


@dataclass(frozen=True, slots=True)
class Vector:
    """Values, and which of them are there (None: all). What stands where none is may be anything.

    Decimals are whole numbers of their last digit; moments are microseconds, and dates days, since 1970; texts are
    Arrow's or Python's. A single value stands for every row.
    """

    values: Any
    valid: Any = None

    def take(self, places: Any) -> Vector:
        """The rows in these places."""
        valid = self.valid[places] if np.ndim(self.valid) else self.valid
        if isinstance(self.values, pa.Array):
            return Vector(self.values.take(pa.array(places)), valid)
        return Vector(self.values[places] if np.ndim(self.values) else self.values, valid)

    @property
    def true(self) -> Any:
        """Of booleans: where it is true, and there."""
        return self.values if self.valid is None else np.logical_and(self.values, self.valid)


Function = Callable[..., Vector]
Built = tuple[Function, Sequence[ops.Node]]
"""A function, and the nodes whose vectors it is given."""


def both(*several: Any) -> Any:
    """Where all are there."""
    found = [one for one in several if one is not None]
    return reduce(np.logical_and, found) if found else None


def of(column: pa.ChunkedArray | pa.Array, kind: dt.DataType) -> Vector:
    """A column of Arrow's, said to be of this type. Raises Unfit when it is of another one, or has decimals that take
    more than 18 digits.
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    valid = whole.is_valid().to_numpy(zero_copy_only=False) if whole.null_count else None
    found = whole.type
    if not alike(found, arrow_type(kind)):
        raise Unfit(found)
    if pa.types.is_string(found):
        return Vector(whole, valid)
    if pa.types.is_boolean(found):
        return Vector(pc.fill_null(whole, False).to_numpy(zero_copy_only=False), valid)
    if pa.types.is_decimal(found):
        return Vector(_digits(whole, valid), valid)
    return Vector(_raw(whole, PLAIN[found]), valid)


def alike(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether values of one type lie as those of the other do: decimals of as many places, whatever their digits."""
    decimals = pa.types.is_decimal(one) and pa.types.is_decimal(other)
    return bool(one.scale == other.scale if decimals else one == other)


def _raw(whole: pa.Array, code: str, width: int = 1) -> Any:
    buffer = whole.buffers()[1]
    if buffer is None:
        return np.zeros(0, dtype=code)
    return np.frombuffer(buffer, dtype=code)[whole.offset * width : (whole.offset + len(whole)) * width]


def _digits(whole: pa.Array, valid: Any) -> Any:
    """The low half of each decimal, which must hold all of it."""
    halves = _raw(whole, "i8", 2)
    low, high = halves[::2], halves[1::2]
    if whole.type.precision > 18:
        fits = high == low >> 63
        if not (fits if valid is None else fits | ~valid).all():
            raise Unfit
    return low


@lru_cache(maxsize=256)
def arrow_type(kind: dt.DataType) -> pa.DataType:
    """What a column of this type is in Arrow. Raises Unknown for those that vectors don't have."""
    if kind.is_decimal():
        return pa.decimal128(kind.precision or 38, kind.scale or 0)
    if kind.is_timestamp():
        return MOMENT
    if kind.is_date():
        return pa.date32()
    if kind.is_integer():
        return pa.int64()
    for known, found in ((kind.is_boolean(), pa.bool_()), (kind.is_string(), pa.string())):
        if known:
            return found
    if kind.is_floating():
        return pa.float64()
    raise Unknown(kind)


def arrow(vector: Vector, kind: pa.DataType, count: int) -> pa.Array:
    """The vector as a column of so many rows."""
    values, valid = vector.values, vector.valid
    if isinstance(values, pa.Array):
        return values if valid is None else pc.if_else(pa.array(valid), values, None)
    values = np.broadcast_to(values, count) if np.ndim(values) == 0 else values
    missing = None if valid is None else ~np.broadcast_to(valid, count)
    if pa.types.is_string(kind):
        return pa.array(values.astype(object), kind, mask=missing)
    if pa.types.is_boolean(kind):
        return pa.array(values, kind, mask=missing)
    present = pa.array(~missing).buffers()[1] if missing is not None else None
    if pa.types.is_decimal(kind):
        wide = np.empty((count, 2), dtype=np.int64)
        wide[:, 0] = values
        wide[:, 1] = wide[:, 0] >> 63
        return pa.Array.from_buffers(kind, count, [present, pa.py_buffer(wide)])
    plain = np.ascontiguousarray(values, dtype=PLAIN[kind])
    return pa.Array.from_buffers(kind, count, [present, pa.py_buffer(plain)])


def listed(one: Vector, kind: pa.DataType, count: int) -> list[Any]:
    """The vector as Python's values."""
    if np.ndim(one.values) == 0 or not (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return list(arrow(one, kind, count).to_pylist())
    values: list[Any] = one.values.tolist()
    if one.valid is None:
        return values
    there = np.broadcast_to(one.valid, count).tolist()
    return [value if known else None for value, known in zip(values, there, strict=True)]
