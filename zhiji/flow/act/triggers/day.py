"""The trigger of a day: a birthday or another date of the customer, some days before or after it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar

import msgspec
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhiji.flow.act.triggers.moment import Candidate, Moment
from zhiji.flow.act.triggers.wording import Names
from zhiji.kernel import clock
from zhiji.kernel.lunar import lunar_days_kept, solar_days_kept

GIVEN = ("birthday", "registered_at")


class Day(msgspec.Struct, tag_field="kind", tag="date", frozen=True, forbid_unknown_fields=True):
    """Fires once on the day, at `hour` of the workspace's zone; `days_before` below zero means days after.

    `attribute` is birthday (kept by the portrait's calendar, solar or lunar), registered_at or
    `attributes.<name>` holding YYYY-MM-DD. `yearly` false: only on the very date. A worker that was away at the
    hour catches up later that day, and up to `late_days` days later.
    """

    clock_driven: ClassVar[bool] = True
    attribute: str
    days_before: Annotated[int, msgspec.Meta(ge=-365, le=365)] = 0
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 9
    yearly: bool = True
    late_days: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0

    def candidates(self, moment: Moment) -> Iterator[Candidate]:
        """The customers whose day has come within the span."""
        for day in self.days_due(moment):
            kept = day + timedelta(days=self.days_before)
            for customer_id, born, calendar in self._kept_on(kept):
                why = {"attribute": self.attribute, "date": born.isoformat(), "calendar": calendar}
                occasion = f"date:{self.attribute}:{kept.isoformat()}"
                late = (moment.now or moment.as_of) - self._due_at(day)
                yield Candidate(customer_id, occasion, moment.as_of, why, late=late)

    def days_due(self, moment: Moment) -> list[date]:
        """The workspace's days whose hour lies in the span and that aren't too long ago."""
        today = clock.day_of(moment.as_of)
        days = [today - timedelta(days=back) for back in range(self.late_days, -1, -1)]
        return [day for day in days if moment.since < self._due_at(day) <= moment.as_of]

    def check(self, names: Names) -> None:
        """Raise ValueError with advice when there can be no such date."""
        custom = self.attribute.removeprefix("attributes.")
        if self.attribute not in GIVEN and (custom == self.attribute or not custom):
            raise ValueError(
                _("没有日期「%(name)s」；可用生日 birthday、注册日 registered_at，自定义字段写作 attributes.字段名")
                % {"name": self.attribute}
                if custom
                else _("请填写自定义日期字段的名称")
            )

    def sentence(self, names: Names) -> str:
        name = {"birthday": pgettext("within", "生日"), "registered_at": pgettext("within", "注册日")}.get(
            self.attribute, self.attribute.removeprefix("attributes.")
        )
        said = {"name": name, "days": abs(self.days_before), "hour": self.hour}
        if self.days_before > 0:
            told = _("客户%(name)s前 %(days)s 天，%(hour)s 点")
        elif self.days_before < 0:
            told = _("客户%(name)s后 %(days)s 天，%(hour)s 点")
        else:
            told = _("客户%(name)s当天，%(hour)s 点")
        return told % said

    def _due_at(self, day: date) -> datetime:
        return datetime.combine(day, time(self.hour), clock.zone()).astimezone(UTC)

    def _kept_on(self, day: date) -> list[tuple[int, date, str]]:
        """(root customer, date, calendar) of those who keep `day`; set-based, by index."""
        sql = """
            SELECT a.customer_id, a.date, a.calendar FROM act_anniversary a
            JOIN profile_portrait p ON p.customer_id = a.customer_id AND NOT p.merged
            WHERE a.attribute = %s AND """
        parameters: list[Any] = [self.attribute]
        if self.yearly:
            conditions = ["a.calendar = 'solar' AND (a.month, a.day) IN (SELECT * FROM unnest(%s::int[], %s::int[]))"]
            solar = solar_days_kept(day)
            parameters += [[month for month, _day in solar], [one for _month, one in solar]]
            conditions.append(
                "a.calendar = 'lunar' AND (a.month, a.day, a.leap) IN"
                " (SELECT * FROM unnest(%s::int[], %s::int[], %s::bool[]))"
            )
            parameters += [list(column) for column in zip(*lunar_days_kept(day), strict=True)]
            sql += "(" + " OR ".join(f"({condition})" for condition in conditions) + ") AND a.date < %s"
            parameters.append(day)
        else:
            sql += "a.date = %s"
            parameters.append(day)
        with connection.cursor() as cursor:
            cursor.execute(sql + " ORDER BY a.customer_id", parameters)
            rows: list[tuple[int, date, str]] = cursor.fetchall()
        return rows
