"""What is computed of texts, row by row: by Arrow, which keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiji.kernel.columnar.vector import Built, Unfit, Unknown, Vector, both


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


def listed(node: Any) -> Built:
    """Whether a list, as JSON text, has an element that reads so; of `json_has`, or another text has it inside."""
    text, wanted = node.args
    if node.__func_name__ not in ("json_list_has", "json_has") or not isinstance(wanted, ops.Literal):
        raise Unknown(node)
    inside = node.__func_name__ == "json_has"

    def has(one: Vector) -> Vector:
        given = texts(one)
        found = pc.match_substring(given, pattern=wanted.value) if inside else pc.starts_with(given, pattern="[")
        if isinstance(found, pa.Scalar):
            raise Unfit
        kept = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(told(pc.starts_with(given, pattern="["), one).values):
            kept[row] = _has(given[row].as_py(), wanted.value, inside)
        return Vector(kept, one.valid if inside else None)

    return has, (text,)


def _has(text: str, wanted: str, inside: bool) -> bool:
    try:
        elements = json.loads(text, parse_float=_figure, parse_int=str, parse_constant=_no_json)
    except ValueError:
        elements = None
    if not isinstance(elements, list):
        return inside and wanted in text
    return wanted in map(_read, elements)


def _figure(text: str) -> str:
    """A number with a point, without zeros at its end."""
    return text if "e" in text.lower() else text.rstrip("0").rstrip(".")


def _no_json(constant: str) -> None:
    raise ValueError(constant)


def _read(element: Any) -> str | None:
    if isinstance(element, bool):
        return "true" if element else "false"
    if isinstance(element, list | dict):
        raise Unfit  # how it is written is the engine's to say
    return element  # type: ignore[no-any-return]


def joined(node: Any) -> Built:
    """Texts one after the other; null where one is."""

    def join(*given: Vector) -> Vector:
        whole = pc.binary_join_element_wise(*(texts(one) for one in given), "")
        return Vector(whole, both(*(one.valid for one in given)))

    return join, node.arg
