"""What a customer did: a measure of its facts of one name, in a window, with property filters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import ibis
import msgspec

from zhiji.flow.segment.conditions.attribute import type_for
from zhiji.flow.segment.conditions.comparison import NUMBER, NumberOp, Op, Type, check_op, compare, number, ordered
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads
from zhiji.flow.segment.conditions.window import Window, back
from zhiji.flow.segment.conditions.words import Words
from zhiji.kernel.facts import fact_types

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

Measure = Literal["count", "sum", "average", "min", "max", "distinct"]
DECLARED: dict[str, Type] = {
    "text": "text", "number": "number", "money": "number", "flag": "flag", "list": "list", "time": "text",
}  # fmt: skip


def property_type(fact: str, name: str, value: Any, op: str) -> Type:
    """How a fact's property is compared: as declared, else by the value it is compared with."""
    kind = fact_types().get(fact)
    for one in kind.properties if kind else ():
        if one.name == name:
            return DECLARED[one.type]
    return type_for(value, op)


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A filter on a property of the fact."""

    property: str
    op: Op
    value: Any = None


class Behaviour(Node, frozen=True, tag="behaviour"):
    """`measure` of the facts named `fact` in the window (null is ever) that pass every filter, against `value`.

    Of none, a count, a distinct and a sum are 0; an average, a least and a greatest are missing, and no
    comparison holds. Facts dated after the moment asked about don't count.
    """

    fact: str
    op: NumberOp
    value: float | int
    measure: Measure = "count"
    property: str | None = None
    window: Window | None = None
    where: list[Where] = []

    def check(self, path: str) -> None:
        if not self.fact:
            raise ConditionError(f"{path}.fact", "a fact name is missing", "such as order_paid")
        if self.measure != "count" and not self.property:
            raise ConditionError(f"{path}.property", f"{self.measure!r} needs a property", "such as amount")
        if self.window:
            self.window.check(f"{path}.window")
        if abs(self.value) >= 10**14:
            raise ConditionError(f"{path}.value", f"{self.value!r} is too big", "numbers stay below 10¹⁴")
        for index, one in enumerate(self.where):
            kind = property_type(self.fact, one.property, one.value, one.op)
            check_op(f"{path}.where[{index}]", one.op, one.value, kind)

    def said(self, words: Words) -> str:
        filters = words("and").join(
            words.compared(words.property(self.fact, one.property), one.op, one.value) for one in self.where
        )
        subject = words.property(self.fact, self.property) if self.property and self.measure != "count" else ""
        if words.chinese:
            span = f"近 {self.window.last} {words(self.window.unit)} " if self.window else "累计 "
            which = f"（{filters}）" if filters else " "
            what = f"{subject} {words(self.measure)}" if subject else words(self.measure)
            return f"{span}{words.fact(self.fact)}{which}{what} {words(self.op)} {words.number(self.value)}"
        span = f" in the last {self.window.last} {self.window.unit}" if self.window else " ever"
        which = f" ({filters})" if filters else ""
        what = f"{words(self.measure)} of {subject}" if subject else words(self.measure)
        return f"{words.fact(self.fact)}{which}: {what}{span} {words(self.op)} {words.number(self.value)}"

    def reads(self) -> Reads:
        return Reads(facts={self.fact})

    def need(self, needs: Needs) -> None:
        for one in self.where:
            needs.property(self.fact, one.property, property_type(self.fact, one.property, one.value, one.op))
        if self.property and self.measure != "count":
            needs.property(self.fact, self.property, "text" if self.measure == "distinct" else "number")
        since = None
        if self.window:
            since = needs.start(self.fact, self.window.key, self.window.start)
        else:
            needs.ever(self.fact)
        needs.aggregate(self.fact, self.column(), lambda facts: self._measured(facts, since, needs))

    def column(self) -> str:
        """The name of the column that holds the measure; two equal measures share one."""
        asked = (self.fact, self.measure, self.property, self.window, self.where)
        return "b_" + hashlib.blake2b(msgspec.json.encode(asked), digest_size=8).hexdigest()

    def _measured(self, facts: Any, since: Any, needs: Needs) -> Any:
        kept = ibis.literal(True) if since is None else facts.occurred_at > since
        for one in self.where:
            kind = property_type(self.fact, one.property, one.value, one.op)
            kept &= compare(facts[needs.property(self.fact, one.property, kind)], one.op, one.value, kind)
        if self.measure == "count":
            return facts.count(where=kept)
        column = facts[
            needs.property(self.fact, str(self.property), "text" if self.measure == "distinct" else "number")
        ]
        if self.measure == "distinct":
            return column.nunique(where=kept)
        if self.measure == "average":
            total = column.sum(where=kept).cast("float64")
            return total / column.count(where=kept).nullif(0)
        return {"sum": column.sum, "min": column.min, "max": column.max}[self.measure](where=kept)

    def value_of(self, row: Any, needs: Needs) -> Any:
        column = row[self.column()]
        return column.fill_null(0) if self.measure in ("count", "sum", "distinct") else column

    def holds(self, row: Any, needs: Needs) -> Any:
        held = number(self.value)
        against = ibis.literal(float(self.value)) if self.measure == "average" else ibis.literal(held, type=NUMBER)
        return ordered(self.value_of(row, needs), self.op, against).fill_null(False)

    def threshold(self) -> Any:
        return self.value


class Recency(Node, frozen=True, tag="recency"):
    """How long ago a fact of that name last happened; of one that never did, no comparison holds.

    `gt 90 days` says that the last was before the start of the last 90 days; `eq 3 days`, that it was in the
    fourth day back, counted from the moment asked about.
    """

    fact: str
    op: NumberOp
    value: int
    unit: Literal["minutes", "hours", "days", "weeks", "months"] = "days"

    def check(self, path: str) -> None:
        if self.value < 0:
            raise ConditionError(f"{path}.value", "a time ago can't be negative", "such as 90")
        if self.value:
            Window(self.value, self.unit).check(path)

    def said(self, words: Words) -> str:
        span = f"{words(self.op)} {self.value} {words(self.unit)}"
        return f"距上次 {words.fact(self.fact)} {span}" if words.chinese else f"last {words.fact(self.fact)} ago {span}"

    def reads(self) -> Reads:
        return Reads(facts={self.fact})

    def _start(self, needs: Needs, more: int = 0) -> Any:
        count = self.value + more
        return needs.start(
            self.fact, f"ago_{count}_{self.unit}", lambda as_of: back(as_of, count, self.unit), bounds=False
        )

    def need(self, needs: Needs) -> None:
        needs.ever(self.fact)
        needs.aggregate(self.fact, needs.last(self.fact), lambda facts: facts.occurred_at.max())
        self._start(needs)
        if self.op in ("eq", "ne"):
            self._start(needs, 1)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.last(self.fact)]

    def holds(self, row: Any, needs: Needs) -> Any:
        last, start = row[needs.last(self.fact)], self._start(needs)
        if self.op in ("eq", "ne"):
            within = (last <= start) & (last > self._start(needs, 1))
            return (within if self.op == "eq" else ~within).fill_null(False)
        turned = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}[self.op]
        return ordered(last, turned, start).fill_null(False)

    def threshold(self) -> Any:
        return {"value": self.value, "unit": self.unit}
