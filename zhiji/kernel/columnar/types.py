"""The types of vectors: constants, and how values of one type become those of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import numpy as np

from zhiji.kernel.columnar.vector import Unfit, Unknown, Vector

EXACT = 2**53  # up to which a double has every whole number
LARGEST = 2**63 - 1


def literal(node: ops.Literal) -> Vector:
    """A constant."""
    kind, value = node.dtype, node.value
    if value is None:
        return Vector("" if kind.is_string() else 0, np.False_)
    if kind.is_decimal():
        return Vector(_fitting(int(value.scaleb(kind.scale or 0))))
    if kind.is_timestamp():
        return Vector(micros(value))
    if kind.is_date():
        return Vector(int(np.datetime64(value, "D").astype(np.int64)))
    if kind.is_boolean() or kind.is_integer() or kind.is_floating() or kind.is_string():
        return Vector(value)
    raise Unknown(kind)


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return int(np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us").astype(np.int64))


def _fitting(value: int) -> int:
    if abs(value) > LARGEST:
        raise Unknown(value)
    return value


def converted(of: dt.DataType, to: dt.DataType) -> Callable[[Vector], Vector] | None:
    """What turns a vector of one type into one of another; None when nothing is to be done."""
    if of.is_decimal() and to.is_floating():
        return _divided(10 ** (of.scale or 0))
    if of.is_integer() and to.is_floating():
        return _divided(1)
    if (of.is_decimal() or of.is_integer()) and to.is_decimal():
        more = (to.scale or 0) - ((of.scale or 0) if of.is_decimal() else 0)
        if more < 0:
            raise Unknown(of, to)
        return _multiplied(10**more) if more else None
    if of.is_floating() and to.is_decimal():
        return _counted(10 ** (to.scale or 0))
    if of.is_boolean() and to.is_integer():
        return lambda one: Vector(np.asarray(one.values).astype(np.int64)[()], one.valid)
    kinds = ("is_boolean", "is_integer", "is_floating", "is_timestamp", "is_date", "is_string")
    if of.is_null() or any(getattr(of, one)() and getattr(to, one)() for one in kinds):
        return None
    raise Unknown(of, to)


def _divided(by: int) -> Callable[[Vector], Vector]:
    def divide(one: Vector) -> Vector:
        within(one, EXACT)
        return Vector(np.divide(one.values, float(by)), one.valid)

    return divide


def _multiplied(by: int) -> Callable[[Vector], Vector]:
    def multiply(one: Vector) -> Vector:
        within(one, LARGEST // by)
        return Vector(one.values * by, one.valid)

    return multiply


def _counted(by: int) -> Callable[[Vector], Vector]:
    """The nearest decimal, as a count of its last place."""

    def count(one: Vector) -> Vector:
        return rounded(Vector(np.multiply(one.values, float(by)), one.valid))

    return count


def rounded(one: Vector) -> Vector:
    """Doubles as whole numbers, halves away from zero."""
    within(one, EXACT)
    return Vector(np.copysign(np.floor(np.abs(one.values) + 0.5), one.values).astype(np.int64)[()], one.valid)


def within(one: Vector, most: int) -> None:
    """Leave it to the engine where a value is greater. Raises Unfit."""
    if ((one.values > most) | (one.values < -most)).any() if np.ndim(one.values) else abs(one.values) > most:
        raise Unfit


def common(one: dt.DataType, other: dt.DataType) -> dt.DataType:
    """The type in which two are compared or united."""
    if one.is_null() or other.is_null():
        return other if one.is_null() else one
    if one.is_floating() or other.is_floating():
        return dt.float64
    if one.is_decimal() or other.is_decimal():
        return dt.Decimal(38, max((each.scale or 0) if each.is_decimal() else 0 for each in (one, other)))
    return one


def unified(nodes: Sequence[Any], kind: dt.DataType) -> Callable[[Sequence[Vector]], list[Vector]]:
    """What turns the vectors of these nodes into vectors of one type."""
    ways = [converted(node.dtype, kind) for node in nodes]
    if not any(ways):
        return list
    return lambda given: [way(one) if way else one for way, one in zip(ways, given, strict=True)]
