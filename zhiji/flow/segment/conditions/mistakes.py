"""What is wrong with a condition: where, why, and the nearest right thing, in the reader's language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

UNKNOWN: Any = object()
OF_HINT: Any = object()
WINDOW_HINT = _('例如 {{"last": 30, "unit": "days"}}')
CUSTOM_HINT = _("自定义字段写成 attributes.<名称>")
DAY_HINT = _('例如 "2026-05-03"')
BIG_HINT = _("数字要小于 10¹⁴")
TYPES = {
    "text": _("文字类型"), "number": _("数字类型"), "time": _("时刻类型"), "date": _("日期类型"), "list": _("列表类型"),
    "flag": _("是否类型"), "place": _("地区类型"), "any": _("文字类型"),
}  # fmt: skip
SHOWN = 24
NUMERAL = re.compile(r"-?\d{1,13}(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Nearest:
    """A hint that names the known word most like the wrong one, or all of a few; `also` is said after it."""

    close: str | None
    known: tuple[str, ...]
    also: str | Promise = ""

    def __str__(self) -> str:
        if self.close is not None:
            hint = str(_("是不是“{close}”？")).format(close=self.close)
        elif self.known:
            hint = str(_("可用的有 {known}")).format(known=str(_("、")).join(self.known[:SHOWN]))
        else:
            hint = str(_("现在一个也没有"))
        return f"{hint}; {self.also}" if self.also else hint


def nearest(word: Any, known: Iterable[Any], also: str | Promise = "") -> Nearest:
    """A hint that names the known word most like `word`, or all of a few."""
    words = sorted(map(str, known))
    close = get_close_matches(str(word), words, n=1, cutoff=0.5)
    return Nearest(close[0] if close else None, tuple(words), also)


class ConditionError(ValueError):
    """A tree that can't be a condition: `path` says where, `reason` why, `hint` the nearest right thing.

    Reason and hint are templates, filled with `told` and translated when they are read. `take` is a value that would
    be right at `path`; left out, it is the nearest word of the hint, and UNKNOWN says that there is none.
    """

    def __init__(
        self,
        path: str,
        reason: str | Promise,
        hint: str | Promise | Nearest = "",
        *,
        take: Any = OF_HINT,
        **told: Any,
    ) -> None:
        super().__init__(path, reason)
        self.path, self._reason, self._hint, self._told = path, reason, hint, told
        near = hint.close if isinstance(hint, Nearest) and hint.close is not None else UNKNOWN
        self._take = near if take is OF_HINT else take

    @property
    def reason(self) -> str:
        return str(self._reason).format_map(self._told) if self._told else str(self._reason)

    @property
    def hint(self) -> str:
        plain = isinstance(self._hint, Nearest) or not self._told
        return str(self._hint) if plain else str(self._hint).format_map(self._told)

    @property
    def take(self) -> list[dict[str, Any]]:
        """What would be right at the path: {label, path, value}."""
        if self._take is UNKNOWN:
            return []
        return [{"label": json.dumps(self._take, ensure_ascii=False), "path": self.path, "value": self._take}]

    def at(self, path: str) -> ConditionError:
        """The same mistake, seen from a level above, where its tree lies at `path`."""
        return ConditionError(path + self.path[1:], self._reason, self._hint, take=self._take, **self._told)

    def whole(self) -> ConditionError:
        """The same mistake, seen from where its tree is referred to."""
        return ConditionError("$", self._reason, self._hint, take=UNKNOWN, **self._told)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" + (f" ({self.hint})" if self.hint else "")


def unfit_op(path: str, op: str, type_: str, fitting: Iterable[str]) -> ConditionError:
    """An operator that a type doesn't know."""
    return ConditionError(f"{path}.op", _("“{op}”不适用于{type}"), nearest(op, fitting), op=op, type=TYPES[type_])


def shown(value: Any) -> str:
    """A wrong value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def as_text(value: Any) -> Any:
    """The text that a number was surely meant to be."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN


def as_number(value: Any) -> Any:
    """The number that a text was surely meant to be."""
    if not isinstance(value, str) or not NUMERAL.fullmatch(value):
        return UNKNOWN
    return int(value) if value.lstrip("-").isdigit() else float(value)


def as_list(value: Any) -> Any:
    """The list that a single value was surely meant to be."""
    return UNKNOWN if value is None or isinstance(value, list | dict) else [value]
