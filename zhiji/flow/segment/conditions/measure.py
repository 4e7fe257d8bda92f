"""Measures: one figure (or text) made of a customer's facts of one name, in a window, with property filters."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.comparison import Type
from zhiji.flow.segment.conditions.mistakes import BIG_HINT, nearest
from zhiji.flow.segment.conditions.node import ConditionError
from zhiji.flow.segment.conditions.where import Where, check_all, declared_type, numeric_properties, properties
from zhiji.flow.segment.conditions.window import Window
from zhiji.flow.segment.conditions.words import said

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

Aggregate = Literal["count", "sum", "average", "min", "max", "distinct", "first", "last"]
AGGREGATES = get_args(Aggregate)
ZERO = ("count", "sum", "distinct")
NUMERIC = ("sum", "average", "min", "max")


@dataclass(frozen=True)
class Asked:
    """What is asked of the facts of a scan: an aggregate of a property read as `type`, of those passing `where`."""

    measure: Aggregate
    property: str | None = None
    type: Type = "number"
    where: Sequence[Where] = ()


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`measure` of the facts named `fact` in the window (null is ever) that pass every filter.

    Of none, a count, a distinct and a sum are 0; the others are missing. `first` and `last` are the property's
    value on the earliest or latest fact that has one; of facts of the same moment, the greatest. From a sum, `less`
    takes off what facts of another name sum up to in the same window: payments less refunds.
    """

    fact: str
    measure: Aggregate = "count"
    property: str | None = None
    window: Window | None = None
    where: list[Where] = []
    less: str | None = None

    def check(self, path: str, *, anchored: bool = True) -> None:
        check_all(path, self.fact, self.where)
        if self.less is not None and (self.measure != "sum" or self.where):
            raise ConditionError(f"{path}.less", _("只有不加筛选的合计可以扣除另一种行为"), _("例如去掉 less"))
        if self.measure != "count" and not self.property:
            raise ConditionError(
                f"{path}.property", _("“{measure}”要指明哪个属性"), _("例如 amount"), measure=said(self.measure)
            )
        self._check_numeric(path)
        if self.window:
            self.window.check(f"{path}.window", anchored=anchored)

    def _check_numeric(self, path: str) -> None:
        """A sum of texts would be 0 of everybody, without a word."""
        declared = declared_type(self.fact, str(self.property))
        if self.measure in NUMERIC and declared not in (None, "number"):
            told = {"name": self.property, "measure": said(self.measure)}
            hint = nearest(self.property, numeric_properties(self.fact))
            raise ConditionError(f"{path}.property", _("“{name}”不是数字，不能求 {measure}"), hint, **told)

    def need(self, needs: Needs, type_: Type = "number") -> str:
        """Register it; the column of the row that holds it, before anything is taken off. `type_` is what `first` and
        `last` are read as."""
        if self.lessened is not None:
            self.lessened.need(needs)
        anchor = self.window.anchor if self.window else None
        kind: Type = "text" if self.measure == "distinct" else type_
        asked = Asked(self.measure, self.property if self.measure != "count" else None, kind, self.where)
        if self.window and anchor:
            return needs.anchored(self.fact, asked, self.window, anchor)
        lower, upper = (self.window.lower(), self.window.upper()) if self.window else (None, None)
        return needs.measure(self.fact, asked, lower, upper)

    def value_of(self, row: Any, needs: Needs, type_: Type = "number") -> Any:
        column = row[self.need(needs, type_)]
        if self.lessened is not None:
            return column.fill_null(0) - self.lessened.value_of(row, needs)
        return column.fill_null(0) if self.measure in ZERO else column

    @builtins.property
    def lessened(self) -> Measure | None:
        """What is taken off."""
        return Measure(self.less, "sum", self.property, self.window) if self.less else None

    def facts(self) -> set[str]:
        """The fact names it reads."""
        found = {self.fact} | ({self.less} if self.less else set())
        return found | ({self.window.anchor.fact} if self.window and self.window.anchor else set())

    def properties(self) -> dict[str, set[str]]:
        """The properties it reads, by fact name."""
        own = properties(self.where) | ({self.property} if self.property and self.measure != "count" else set())
        found = {self.fact: own}
        if self.lessened is not None:
            found |= {name: read | found.get(name, set()) for name, read in self.lessened.properties().items()}
        if self.window and self.window.anchor:
            anchor = self.window.anchor
            found[anchor.fact] = found.get(anchor.fact, set()) | properties(anchor.where)
        return found


class Other(Measure, frozen=True, forbid_unknown_fields=True):
    """What a measure is compared with: that measure × `times` ÷ `per`, in double precision."""

    times: float | int = 1
    per: float | int = 1

    def check(self, path: str, *, anchored: bool = True) -> None:
        super().check(path, anchored=anchored)
        if self.measure in ("first", "last") and declared_type(self.fact, str(self.property)) not in (None, "number"):
            raise ConditionError(f"{path}.property", _("“{name}”不是数字"), _("例如 amount"), name=self.property)
        if not self.per > 0:
            raise ConditionError(f"{path}.per", _("不能除以 {value}"), _("例如 6"), value=self.per)
        if not abs(self.times) < 10**14 or not abs(self.per) < 10**14:
            raise ConditionError(f"{path}.times", _("{value} 太大"), BIG_HINT, value=self.times)

    def scaled(self, row: Any, needs: Needs) -> Any:
        """The measure × times ÷ per, in double precision; null where it is missing."""
        return self.value_of(row, needs).cast("float64") * float(self.times) / float(self.per)


def value_type(measure: Aggregate, declared: Type | None, guessed: Type) -> Type:
    """What a measure is read as: a number, but of `first` and `last` as the property is."""
    return (declared or guessed) if measure in ("first", "last") else "number"
