"""JSON that somebody sent, read strictly: what most readers decide silently is refused with the place and the reason.

So are a key given twice (which of the two was meant?), NaN, a number beyond a double, and texts that no database
keeps: with a NUL, with half a surrogate pair, or too long.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST = 100_000
"""Characters of one text; the longest that anything here takes are letters of 20,000 and facts of 32,768."""
LARGEST = 2**63 - 1
"""The greatest number that a row has."""
DIGITS = 40
"""Characters of a number; a double has 17 significant digits."""

BEYOND = _("有一个值超出了能保存的范围，请改小或改短")
"""What is said when the database can't keep a value that nothing before it refused."""


class Unfit(ValueError):
    """Something that was sent can't be taken: `path` says where, `reason` why and what to do."""

    def __init__(self, path: str, reason: str | Promise) -> None:
        super().__init__(path, reason)
        self.path, self._reason = path, reason

    @property
    def reason(self) -> str:
        return str(self._reason)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path not in ("", "$") else self.reason


def read(text: str | bytes) -> Any:
    """The value that the JSON text tells. Raises Unfit."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_float=_float, parse_int=_int, parse_constant=_constant)
    except Unfit:
        raise
    except RecursionError:
        raise Unfit("$", _("JSON 嵌套太深，请拆平")) from None
    except ValueError as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        told = _said(_("不是有效的 JSON：第 {line} 行第 {column} 个字读不懂"), line=line, column=column)
        raise Unfit("$", told) from None
    for path, one in _texts(value):
        check_text(one, path)
    return value


def whole(text: str | None, most: int = LARGEST) -> int | None:
    """The whole number that an address or a form names, at most `most`; None for anything else."""
    if not text or len(text) > len(str(most)) or not (text.isascii() and text.isdigit()):
        return None
    return number if (number := int(text)) <= most else None


def check_text(text: str, path: str, longest: int = LONGEST) -> None:
    """Refuse a text that no database keeps. Raises Unfit."""
    if "\0" in text:
        raise Unfit(path, _("文字里有空字符（\\u0000），请去掉"))
    if len(text) > longest:
        raise Unfit(path, _said(_("文字最多 {most} 个字，这里有 {count} 个"), most=longest, count=len(text)))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unfit(path, _("文字里有半个代理对，不是完整的字符")) from None


def _said(template: Promise, **told: Any) -> str:
    return str(template).format(**told)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unfit("$", _said(_("字段“{name}”写了两次，请只留一个"), name=twice[:100]))
    return found


def _float(text: str) -> float:
    found = float(text)
    if len(text) > DIGITS or found in (float("inf"), float("-inf")):
        raise Unfit("$", _said(_("数字 {value} 太大或太长"), value=text[:DIGITS]))
    return found


def _int(text: str) -> int:
    if len(text) > DIGITS:
        raise Unfit("$", _said(_("数字 {value} 太大或太长"), value=text[:DIGITS]))
    return int(text)


def _constant(text: str) -> Any:
    raise Unfit("$", _said(_("{value} 不是 JSON 里的数字"), value=text))


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text in it, names of fields included, with its place."""
    waiting = [("$", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, str):
            yield path, one
        elif isinstance(one, list):
            waiting += [(f"{path}[{index}]", part) for index, part in enumerate(one)]
        elif isinstance(one, dict):
            for name, part in one.items():
                yield path, name
                waiting.append((f"{path}.{name[:100]}", part))
