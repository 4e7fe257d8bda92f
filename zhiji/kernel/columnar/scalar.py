"""What is computed row by row: for each of Ibis' operations a function of vectors, with SQL's meaning of null."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiji.kernel.columnar.texts import begins, contains, joined, listed, texts, told
from zhiji.kernel.columnar.types import LARGEST, common, converted, rounded, unified, within
from zhiji.kernel.columnar.vector import Built, Unfit, Unknown, Vector, both

COMPARED: dict[type[ops.Node], tuple[Callable[..., Any], Callable[..., Any] | None]] = {
    ops.Equals: (operator.eq, pc.equal),
    ops.NotEquals: (operator.ne, pc.not_equal),
    ops.Greater: (operator.gt, None),
    ops.GreaterEqual: (operator.ge, None),
    ops.Less: (operator.lt, None),
    ops.LessEqual: (operator.le, None),
}
COUNTED = {ops.Add: operator.add, ops.Subtract: operator.sub}


def built(node: ops.Node) -> Built:
    """How a node is computed. Raises Unknown when no way is known here."""
    for kinds, build in BUILDERS:
        if isinstance(node, kinds):
            return build(node)
    raise Unknown(type(node).__name__)


def _compare(node: Any) -> Built:
    compared, of_texts = COMPARED[type(node)]
    left, right = node.left, node.right
    if left.dtype.is_string() and right.dtype.is_string():
        if of_texts is None:
            raise Unknown(node)
        return (lambda one, other: told(of_texts(texts(one), texts(other)), one, other)), (left, right)
    whole = _whole(left, right)
    if whole is not None:
        return (lambda one: Vector(compared(one.values, whole), one.valid)), (left,)
    same = unified((left, right), common(left.dtype, right.dtype))

    def compare(*given: Vector) -> Vector:
        one, other = same(given)
        return Vector(compared(one.values, other.values), both(one.valid, other.valid))

    return compare, (left, right)


def _whole(left: Any, right: Any) -> int | None:
    """The whole number that integers are compared with, written as a decimal."""
    if not (left.dtype.is_integer() and isinstance(right, ops.Literal) and right.dtype.is_decimal()):
        return None
    return int(right.value) if right.value is not None and right.value == int(right.value) else None


def _among(node: Any) -> Built:
    if not all(isinstance(one, ops.Literal) and one.value is not None for one in node.options):
        raise Unknown(node)
    if node.value.dtype.is_string():
        chosen = pa.array([one.value for one in node.options], pa.string())
        return (lambda one: told(pc.is_in(texts(one), chosen), one)), (node.value,)
    kind = reduce(common, (one.dtype for one in node.options), node.value.dtype)
    same = unified((node.value, *node.options), kind)

    def among(*given: Vector) -> Vector:
        one, *options = same(given)
        return Vector(np.isin(one.values, [each.values for each in options]), one.valid)

    return among, (node.value, *node.options)


def _and(node: Any) -> Built:
    def conjoined(one: Vector, other: Vector) -> Vector:
        if one.valid is None and other.valid is None:
            return Vector(np.logical_and(one.values, other.values))
        true = np.logical_and(one.true, other.true)
        return Vector(true, true | _false(one) | _false(other))

    return conjoined, (node.left, node.right)


def _or(node: Any) -> Built:
    def disjoined(one: Vector, other: Vector) -> Vector:
        true = np.logical_or(one.true, other.true)
        if one.valid is None and other.valid is None:
            return Vector(true)
        return Vector(true, true | (_false(one) & _false(other)))

    return disjoined, (node.left, node.right)


def _false(one: Vector) -> Any:
    return both(np.logical_not(one.values), one.valid)


def _not(node: Any) -> Built:
    return (lambda one: Vector(np.logical_not(one.values), one.valid)), (node.arg,)


def _null(node: Any) -> Built:
    there = isinstance(node, ops.NotNull)

    def asked(one: Vector) -> Vector:
        found = np.True_ if one.valid is None else one.valid
        return Vector(found if there else np.logical_not(found))

    return asked, (node.arg,)


def _coalesce(node: Any) -> Built:
    same = unified(node.arg, node.dtype)
    boolean = node.dtype.is_boolean()

    def first(*given: Vector) -> Vector:
        found, *others = same(given)
        for one in others:
            if found.valid is None:
                break
            if boolean and one.values is False and one.valid is None:
                return Vector(found.true)
            found = Vector(_where(found.valid, found, one), _known(found.valid, None, one.valid))
        return found

    return first, node.arg


def _where(condition: Any, one: Vector, other: Vector) -> Any:
    return np.where(condition, _plain(one.values), _plain(other.values))


def _plain(values: Any) -> Any:
    return values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values


def _known(condition: Any, one: Any, other: Any) -> Any:
    """Where what was chosen is there."""
    if one is None and other is None:
        return None
    return np.where(condition, True if one is None else one, True if other is None else other)


def _chosen(node: Any) -> Built:
    """If one, then the other; of several the first."""
    conditions = node.cases if isinstance(node, ops.SearchedCase) else (node.bool_expr,)
    results = node.results if isinstance(node, ops.SearchedCase) else (node.true_expr,)
    default = node.default if isinstance(node, ops.SearchedCase) else node.false_null_expr
    same = unified((*results, default), node.dtype)

    def choose(*given: Vector) -> Vector:
        *values, found = same(given[len(conditions) :])
        for condition, value in zip(given[len(conditions) - 1 :: -1], values[::-1], strict=True):
            true = condition.true
            found = Vector(_where(true, value, found), _known(true, value.valid, found.valid))
        return found

    return choose, (*conditions, *results, default)


def _nullif(node: Any) -> Built:
    same = unified((node.arg, node.null_if_expr), common(node.arg.dtype, node.null_if_expr.dtype))

    def unless(*given: Vector) -> Vector:
        one, other = same(given)
        equal = both(one.values == other.values, one.valid, other.valid)
        return Vector(given[0].values, both(given[0].valid, np.logical_not(equal)))

    return unless, (node.arg, node.null_if_expr)


def _count(node: Any) -> Built:
    exact = node.dtype.is_decimal()
    if not (node.dtype.is_integer() or exact):
        raise Unknown(node)
    act = COUNTED[type(node)]
    same = unified((node.left, node.right), node.dtype)

    def act_on(*given: Vector) -> Vector:
        one, other = same(given)
        for each in (one, other) if exact else ():
            within(each, LARGEST // 2)
        return Vector(act(one.values, other.values), both(one.valid, other.valid))

    return act_on, (node.left, node.right)


def _multiply(node: Any) -> Built:
    if not node.dtype.is_floating():
        raise Unknown(node)
    same = unified((node.left, node.right), dt.float64)

    def multiply(*given: Vector) -> Vector:
        one, other = same(given)
        return Vector(np.multiply(one.values, other.values), both(one.valid, other.valid))

    return multiply, (node.left, node.right)


def _round(node: Any) -> Built:
    """To a whole number, halves away from zero."""
    if not (isinstance(node.digits, ops.Literal) and node.digits.value == 0 and node.arg.dtype.is_floating()):
        raise Unknown(node)

    return rounded, (node.arg,)


def _negate(node: Any) -> Built:
    way = converted(node.arg.dtype, node.dtype)

    def negate(one: Vector) -> Vector:
        found = way(one) if way else one
        return Vector(np.negative(found.values), found.valid)

    return negate, (node.arg,)


def _divide(node: Any) -> Built:
    same = unified((node.left, node.right), dt.float64)

    def divide(*given: Vector) -> Vector:
        one, other = same(given)
        valid = both(one.valid, other.valid)
        zero = np.equal(other.values, 0.0)
        if both(zero, valid).any():
            raise Unfit
        return Vector(np.divide(one.values, np.where(zero, 1.0, other.values)), valid)

    return divide, (node.left, node.right)


def _cast(node: Any) -> Built:
    way = converted(node.arg.dtype, node.to)
    return (way or (lambda one: one)), (node.arg,)


def _by_name(node: Any) -> Built:
    """A function of the engine's own."""
    return ((lambda one: one), node.args) if node.__func_name__ == "epoch_us" else listed(node)


BUILDERS: tuple[tuple[Any, Callable[[Any], Built]], ...] = (
    (tuple(COMPARED), _compare),
    (ops.And, _and),
    (ops.Or, _or),
    (ops.Not, _not),
    (ops.Coalesce, _coalesce),
    ((ops.IsNull, ops.NotNull), _null),
    (ops.Cast, _cast),
    ((ops.IfElse, ops.SearchedCase), _chosen),
    (ops.InValues, _among),
    (tuple(COUNTED), _count),
    (ops.StartsWith, begins),
    (ops.StringContains, contains),
    (ops.StringConcat, joined),
    (ops.NullIf, _nullif),
    (ops.Divide, _divide),
    (ops.Multiply, _multiply),
    (ops.Round, _round),
    (ops.Negate, _negate),
    (ops.ScalarUDF, _by_name),
)
