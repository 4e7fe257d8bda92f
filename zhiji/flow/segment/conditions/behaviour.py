"""What a customer did: a measure of its facts against a number, a text, or another measure; how long ago."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.comparison import NumberOp, Op, Type, check_op, compare, ordered, type_for
from zhiji.flow.segment.conditions.measure import Aggregate, Measure, Other, value_type
from zhiji.flow.segment.conditions.mistakes import unfit_op
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest
from zhiji.flow.segment.conditions.where import Where, check_all, declared_type, properties
from zhiji.flow.segment.conditions.window import Window, ago, check_length

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

NUMBER_OPS = ("eq", "ne", "gt", "ge", "lt", "le")


class Behaviour(Node, frozen=True, tag="behaviour"):
    """`measure` of the facts named `fact` in the window (null is ever) that pass every filter, against `value`:
    a number, another measure, or of `first` and `last` whatever fits the property.

    Of none, a count, a distinct and a sum are 0; the others are missing, and no comparison holds but `empty`.
    Facts dated after the moment asked about don't count.
    """

    fact: str
    op: Op
    value: float | int | bool | str | list[Any] | Other | None = None
    measure: Aggregate = "count"
    property: str | None = None
    window: Window | None = None
    where: list[Where] = []
    less: str | None = None

    @builtins.property
    def measured(self) -> Measure:
        return Measure(self.fact, self.measure, self.property, self.window, self.where, self.less)

    @builtins.property
    def read_as(self) -> Type:
        """What the measure's value is compared as."""
        guessed: Type = "number" if isinstance(self.value, Other) else type_for(self.value, self.op)
        return value_type(self.measure, declared_type(self.fact, str(self.property)), guessed)

    def check(self, path: str) -> None:
        self.measured.check(path)
        valued = self.measure in ("first", "last")
        if not valued and self.op not in NUMBER_OPS:
            raise unfit_op(path, self.op, "number", NUMBER_OPS)
        if not isinstance(self.value, Other):
            check_op(path, self.op, self.value, self.read_as)
            return
        if self.op not in NUMBER_OPS:
            raise ConditionError(f"{path}.op", _("“{op}”不能比较两个指标"), nearest(self.op, NUMBER_OPS), op=self.op)
        if self.read_as != "number":
            raise ConditionError(f"{path}.property", _("“{name}”不是数字"), _("例如 amount"), name=self.property)
        self.value.check(f"{path}.value")

    def reads(self) -> Reads:
        found = Reads(facts=self.measured.facts(), properties=self.measured.properties())
        if isinstance(self.value, Other):
            found |= Reads(facts=self.value.facts(), properties=self.value.properties())
        return found

    def need(self, needs: Needs) -> None:
        self.measured.need(needs, self.read_as)
        if isinstance(self.value, Other):
            self.value.need(needs, "number")

    def value_of(self, row: Any, needs: Needs) -> Any:
        return self.measured.value_of(row, needs, self.read_as)

    def holds(self, row: Any, needs: Needs) -> Any:
        value = self.value_of(row, needs)
        if isinstance(self.value, Other):
            return ordered(value.cast("float64"), self.op, self.value.scaled(row, needs)).fill_null(False)
        held = compare(value, self.op, self.value, self.read_as)
        return held & value.notnull() if self.op in ("ne", "not_in") else held

    def threshold(self) -> Any:
        return msgspec.to_builtins(self.value)


class Recency(Node, frozen=True, tag="recency"):
    """How long ago such a fact last happened; of one that never did, no comparison holds.

    `gt 90 days` says that the last was before the start of the last 90 days; `eq 3 days`, that it was in the
    fourth day back, counted from the moment asked about.
    """

    fact: str
    op: NumberOp
    value: int
    unit: Literal["minutes", "hours", "days", "weeks", "months", "years"] = "days"
    where: list[Where] = []

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        if self.value < 0:
            raise ConditionError(f"{path}.value", _("时长不能是负数"), _("例如 90"), take=abs(self.value))
        if self.value:
            check_length(path, self.value, self.unit, "value")

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})

    def _start(self, needs: Needs, more: int = 0) -> Any:
        return needs.edge(self.fact, ago(self.value + more, self.unit))

    def need(self, needs: Needs) -> None:
        needs.moment_of(self.fact, "last", self.where)
        self._start(needs)
        if self.op in ("eq", "ne"):
            self._start(needs, 1)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.moment_of(self.fact, "last", self.where)]

    def holds(self, row: Any, needs: Needs) -> Any:
        last, start = self.value_of(row, needs), self._start(needs)
        if self.op in ("eq", "ne"):
            within = (last <= start) & (last > self._start(needs, 1))
            return (within if self.op == "eq" else ~within).fill_null(False)
        turned = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}[self.op]
        return ordered(last, turned, start).fill_null(False)

    def threshold(self) -> Any:
        return {"value": self.value, "unit": self.unit}
