"""What is computed of texts, row by row: by Arrow, which keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiji.kernel.vectors.vector import Built, Unknown, Vector, both


def texts(one: Vector) -> Any:
    """Texts as Arrow's; nulls needn't be told, see `_told`."""
    if isinstance(one.values, pa.Array | str):
        return one.values
    if not np.ndim(one.values):
        return str(one.values)
    return pa.array(one.values.astype(object), pa.string())


def told(answer: Any, *of: Vector) -> Vector:
    """What Arrow answered of texts."""
    valid = both(*(one.valid for one in of))
    if isinstance(answer, pa.Scalar):
        return Vector(bool(answer.as_py()), valid)
    return Vector(pc.fill_null(answer, False).to_numpy(zero_copy_only=False), valid)


def begins(node: Any) -> Built:
    return _searched(node.arg, node.start, pc.starts_with)


def contains(node: Any) -> Built:
    return _searched(node.haystack, node.needle, pc.match_substring)


def _searched(text: Any, part: Any, search: Callable[..., Any]) -> Built:
    if not isinstance(part, ops.Literal) or part.value is None:
        raise Unknown(part)
    return (lambda one: told(search(texts(one), pattern=part.value), one)), (text,)


def joined(node: Any) -> Built:
    """Texts one after the other; null where one is."""

    def join(*given: Vector) -> Vector:
        whole = pc.binary_join_element_wise(*(texts(one) for one in given), "")
        return Vector(whole, both(*(one.valid for one in given)))

    return join, node.arg
