"""How large a tree may be: looked at before anything recurses into it, says it or asks a database with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.mistakes import ConditionError
from zhiji.kernel.given import Unfit, check_text

DEEPEST, LARGEST = 20, 500
DEEPEST_JSON, MOST_VALUES = 100, 20_000
"""Levels and values of the JSON: 20 groups of conditions, filters and lists of values included."""
LONGEST = 1_000
"""Characters of a name or a text: saying a name tries it against each of its ends, so 200,000 took 5 seconds."""


def measure(tree: Any) -> None:
    """Refuse trees too deep or too large, and texts too long or with what no database keeps. Raises ConditionError."""
    for count, (depth, path) in enumerate(_conditions(tree, "$", 1), 1):
        if depth > DEEPEST:
            raise ConditionError(path[:60], _("嵌套超过 {most} 层"), _("请合并几组"), most=DEEPEST)
        check_count(count)
    for count, (depth, path, value) in enumerate(_values(tree), 1):
        if depth > DEEPEST_JSON:
            raise ConditionError(path[:60], _("嵌套超过 {most} 层"), _("请合并几组"), most=DEEPEST_JSON)
        if count > MOST_VALUES:
            raise ConditionError("$", _("超过 {most} 个值"), _("请把名单导入成标签，再按标签选"), most=MOST_VALUES)
        if isinstance(value, str):
            _check(value, path)


def check_count(count: int) -> None:
    """Refuse more conditions than a tree may have. Raises ConditionError."""
    if count > LARGEST:
        raise ConditionError("$", _("超过 {most} 个条件"), _("请把其中几部分建成客群"), most=LARGEST)


def _check(text: str, path: str) -> None:
    try:
        check_text(text, path, LONGEST)
    except Unfit as error:
        raise ConditionError(path, error.reason, _("请改短，或去掉不能保存的字符")) from None


def _conditions(tree: Any, path: str, depth: int) -> Iterator[tuple[int, str]]:
    yield depth, path
    if depth > DEEPEST or not isinstance(tree, dict):
        return
    inner = tree.get("of")
    if not isinstance(inner, dict | list):
        return
    for index, one in enumerate(inner if isinstance(inner, list) else [inner]):
        yield from _conditions(one, f"{path}.of[{index}]" if isinstance(inner, list) else f"{path}.of", depth + 1)


def _values(tree: Any) -> Iterator[tuple[int, str, Any]]:
    """Every value, names of fields included, with how deep and where it lies."""
    waiting = [(1, "$", tree)]
    while waiting:
        depth, path, value = waiting.pop()
        yield depth, path, value
        if depth > DEEPEST_JSON:
            continue
        if isinstance(value, list | tuple):
            waiting += [(depth + 1, f"{path}[{index}]", one) for index, one in enumerate(value)]
        elif isinstance(value, dict):
            for name, one in value.items():
                yield depth, path, name
                waiting.append((depth + 1, f"{path}.{str(name)[:40]}", one))
