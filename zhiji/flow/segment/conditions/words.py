"""The words a sentence is made of, in Chinese and English, and the names of things it mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils import translation
from django.utils.functional import lazy

from zhiji.kernel.facts import fact_types

ZH: dict[str, str] = {
    "eq": "=", "ne": "≠", "gt": ">", "ge": "≥", "lt": "<", "le": "≤", "in": "属于", "not_in": "不属于",
    "contains": "包含", "starts": "开头是", "between": "介于", "empty": "为空", "not_empty": "不为空",
    "and": " 且 ", "or": " 或 ", "not": "不满足", "to": " 至 ", "list": "、",
    "minutes": "分钟", "hours": "小时", "days": "天", "weeks": "周", "months": "个月",
    "quarters": "个季度", "years": "年", "has_any": "含任一", "has_all": "含全部", "first": "最早值", "last": "最新值",
    "count": "次数", "sum": "合计", "average": "平均", "min": "最小", "max": "最大", "distinct": "种数",
    "recency": "最近消费得分", "frequency": "消费频次得分", "monetary": "消费金额得分",
    "top": "前", "bottom": "后", "true": "是", "false": "否",
}  # fmt: skip
EN: dict[str, str] = {
    "eq": "=", "ne": "≠", "gt": ">", "ge": "≥", "lt": "<", "le": "≤", "in": "is one of", "not_in": "is none of",
    "contains": "contains", "starts": "starts with", "between": "between", "empty": "is empty",
    "not_empty": "is not empty", "and": " and ", "or": " or ", "not": "not", "to": " and ", "list": ", ",
    "minutes": "minutes", "hours": "hours", "days": "days", "weeks": "weeks", "months": "months",
    "quarters": "quarters", "years": "years", "has_any": "has any of", "has_all": "has all of",
    "first": "first value", "last": "last value",
    "count": "count", "sum": "sum", "average": "average", "min": "lowest", "max": "highest",
    "distinct": "distinct", "recency": "recency score", "frequency": "frequency score",
    "monetary": "monetary score", "top": "top", "bottom": "bottom", "true": "yes", "false": "no",
}  # fmt: skip


def _in_readers_language(word: str) -> str:
    return (EN if (translation.get_language() or "").startswith("en") else ZH).get(word, word)


said = lazy(_in_readers_language, str)
"""A word of a condition (`sum`, `years`) as the reader of a refusal knows it."""
MEASURE_LABELS: dict[str, tuple[str, str]] = {
    "orders_30d": ("近 30 天订单数", "orders in 30 days"),
    "orders_90d": ("近 90 天订单数", "orders in 90 days"),
    "orders_365d": ("近 365 天订单数", "orders in 365 days"),
    "orders_ever": ("累计订单数", "orders ever"),
    "amount_30d": ("近 30 天金额", "amount in 30 days"),
    "amount_90d": ("近 90 天金额", "amount in 90 days"),
    "amount_365d": ("近 365 天金额", "amount in 365 days"),
    "amount_ever": ("累计金额", "amount ever"),
    "basket_average": ("客单价", "average basket"),
}


Seen = Callable[[str, str | None], Iterable[str]]
"""Keys that were seen of "fact", "property" (of that fact), "attribute" or "tag", for completion."""


@dataclass(frozen=True)
class Names:
    """What segments, schemes and classes are called; keys stand in where a name is unknown."""

    segments: dict[str, str] = field(default_factory=dict)
    schemes: dict[str, str] = field(default_factory=dict)
    classes: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: Seen = field(default=lambda kind, of: (), compare=False)
    lexicons: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def fingerprint(self) -> int:
        """Equal for equal names; asked once all are in."""
        kept = (self.segments, self.schemes, self.classes)
        return hash(tuple(frozenset(one.items()) for one in kept))


@dataclass(frozen=True)
class Words:
    """How to speak: `chinese` or English, with the names of segments and schemes."""

    chinese: bool
    names: Names = field(default_factory=Names)

    def __call__(self, word: str) -> str:
        return (ZH if self.chinese else EN).get(word, word)

    def label(self, pair: tuple[str, str]) -> str:
        return pair[0] if self.chinese else pair[1]

    def fact(self, name: str) -> str:
        kind = fact_types().get(name)
        return self._translated(kind.label) if kind else name

    def property(self, fact: str, name: str) -> str:
        kind = fact_types().get(fact)
        for one in kind.properties if kind else ():
            if one.name == name:
                return self._translated(one.label)
        return name

    def _translated(self, label: Any) -> str:
        with translation.override("zh-hans" if self.chinese else "en"):
            return translation.gettext(str(label))
