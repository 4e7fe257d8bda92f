"""Days of a customer's own: anniversaries by the solar and the lunar calendar, whole units of time since a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import ibis
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, check_name
from zhiji.flow.segment.conditions.comparison import NumberOp, ordered
from zhiji.flow.segment.conditions.mistakes import CUSTOM_HINT
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

WIDEST, YOUNGEST = 300, 300


def check_dated(path: str, name: str) -> None:
    """Refuse what is no day: portrait columns of other types."""
    check_name(path, name)
    if name in ATTRIBUTES and ATTRIBUTES[name].type not in ("date", "time"):
        days = [key for key, known in ATTRIBUTES.items() if known.type in ("date", "time")]
        raise ConditionError(path, _("“{name}”不是日期"), nearest(name, days, CUSTOM_HINT), name=name)


class Anniversary(Node, frozen=True, tag="anniversary"):
    """A day on which the attribute's day is kept lies between `after` days ago and `before` days ahead.

    `own` is the customer's birthday calendar for birthday, else solar. It is kept from 300 days after the day on.
    """

    attribute: str
    calendar: Literal["own", "solar", "lunar"] = "own"
    before: int = 0
    after: int = 0

    def check(self, path: str) -> None:
        check_dated(f"{path}.attribute", self.attribute)
        for name in ("before", "after"):
            if getattr(self, name) < 0:
                raise ConditionError(f"{path}.{name}", _("天数不能是负数"), _("例如 7"), take=abs(getattr(self, name)))
        if self.before + self.after > WIDEST:
            raise ConditionError(f"{path}.before", _("前后合计最多 {most} 天"), _("例如 7"), most=WIDEST)

    def reads(self) -> Reads:
        own = {"birthday_calendar"} if self.attribute == "birthday" and self.calendar == "own" else set()
        return Reads(attributes={self.attribute} | own, calendar=True)

    def need(self, needs: Needs) -> None:
        needs.kept_day(self.attribute, self.calendar)

    def value_of(self, row: Any, needs: Needs) -> Any:
        """Days to the nearest kept day: ahead, or negative when it lies behind."""
        behind, ahead = (row[one] for one in needs.kept_day(self.attribute, self.calendar))
        past = -behind
        return (ahead.isnull() | (behind < ahead)).fill_null(False).ifelse(past, ahead)

    def holds(self, row: Any, needs: Needs) -> Any:
        behind, ahead = (row[one] for one in needs.kept_day(self.attribute, self.calendar))
        return (behind <= self.after).fill_null(False) | (ahead <= self.before).fill_null(False)

    def threshold(self) -> Any:
        return {"before": self.before, "after": self.after}


class Elapsed(Node, frozen=True, tag="elapsed"):
    """Whole calendar units from the attribute's day to today (`since`), or from today to it (`until`).

    A month or year is full on the same day number, or the last day of a shorter month. A day on the other side of
    today has none, and no comparison holds.
    """

    attribute: str
    op: NumberOp
    value: int
    unit: Literal["days", "weeks", "months", "years"] = "days"
    direction: Literal["since", "until"] = "since"

    def check(self, path: str) -> None:
        check_dated(f"{path}.attribute", self.attribute)
        if not 0 <= self.value < 10**6:
            raise ConditionError(f"{path}.value", _("时长从 0 到 999999"), _("例如 18"))

    def reads(self) -> Reads:
        return Reads(attributes={self.attribute}, calendar=True)

    def need(self, needs: Needs) -> None:
        needs.elapsed(self.attribute, self.unit, self.direction)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.elapsed(self.attribute, self.unit, self.direction)]

    def holds(self, row: Any, needs: Needs) -> Any:
        return ordered(self.value_of(row, needs), self.op, ibis.literal(self.value)).fill_null(False)

    def threshold(self) -> Any:
        return {"value": self.value, "unit": self.unit}
