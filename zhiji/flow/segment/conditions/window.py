"""Windows: which moments a leaf looks at. All of them are half open: (lower, upper].

Minutes and hours are exact. Days, weeks, months and years go by the wall clock of the workspace's zone: the same
time of day so many days earlier; where a month lacks the day, the end of that month. A wall-clock time that
a change to summer time skips is read as the clock would have run on.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.mistakes import DAY_HINT, shown
from zhiji.flow.segment.conditions.node import ConditionError
from zhiji.flow.segment.conditions.where import Where, check_all
from zhiji.flow.segment.conditions.words import said
from zhiji.kernel import clock

Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]
Period = Literal["day", "week", "month", "quarter", "year"]
LONGEST: dict[str, int] = {
    "minutes": 5_256_000, "hours": 87_600, "days": 36_500, "weeks": 5_200, "months": 1_200, "quarters": 400,
    "years": 100,
}  # fmt: skip
TICK = timedelta(microseconds=1)
FORMS = ("last", "this", "previous", "since", "after", "before")
SPAN = {"minutes": 60_000_000, "hours": 3_600_000_000, "days": 86_400_000_000, "weeks": 604_800_000_000}
Moment = Callable[[datetime], datetime]


@dataclass(frozen=True)
class Back:
    """The moment so many units before another."""

    count: int
    unit: str

    def __call__(self, as_of: datetime) -> datetime:
        return back(as_of, self.count, self.unit)

    def steady(self, lower: datetime, upper: datetime) -> timedelta | None:
        """How long before it is of every moment from `lower` to `upper`; None where that differs among them."""
        if self.unit in ("months", "years"):
            return None
        span = timedelta(**{self.unit: self.count})
        by_the_clock = self.unit in ("days", "weeks")
        return None if by_the_clock and clock.is_set((lower - span).year, upper.year) else span


@dataclass(frozen=True)
class Edge:
    """A moment that facts are held against, as a function of the moment asked about. Equal keys, equal moments.

    `moving` says that it moves with the moment asked about, so that facts come to lie on its other side.
    """

    key: str
    compute: Moment
    moving: bool = True


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Elapsed time between two facts, exact: a day has 24 hours."""

    last: int
    unit: Literal["minutes", "hours", "days", "weeks"] = "days"

    def check(self, path: str) -> None:
        check_length(path, self.last, self.unit)

    @property
    def micros(self) -> int:
        return self.last * SPAN[self.unit]


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A length of time by the workspace's clock."""

    last: int
    unit: Unit = "days"

    def check(self, path: str) -> None:
        check_length(path, self.last, self.unit)

    @property
    def key(self) -> str:
        return f"{self.last}_{self.unit}"


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The customer's first or last fact of a name, of all up to the moment asked about."""

    fact: str
    which: Literal["first", "last"] = "last"
    where: list[Where] = []


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly one form: `last` with `unit` (and `ending` so many units ago), `this` period, `previous` whole periods
    with `unit`, the days from `since` to `until`, or `after`/`before` an anchor, `within` a span of it."""

    last: int | None = None
    unit: Literal["minutes", "hours", "days", "weeks", "months", "quarters", "years"] | None = None
    ending: int = 0
    this: Period | None = None
    previous: int | None = None
    since: str | None = None
    until: str | None = None
    after: Anchor | None = None
    before: Anchor | None = None
    within: Span | None = None

    def __post_init__(self) -> None:
        if self.unit is None and (self.last is not None or self.previous is not None):
            msgspec.structs.force_setattr(self, "unit", "days")

    @property
    def form(self) -> str:
        """Which of the forms it has; `since` also stands for `until` alone."""
        if self.until is not None:
            return "since"
        return next(one for one in FORMS if getattr(self, one) is not None)

    @property
    def anchor(self) -> Anchor | None:
        return self.after or self.before

    def check(self, path: str, *, anchored: bool = False) -> None:
        """Refuse what isn't exactly one form; `anchored` says that an anchor is understood here."""
        forms = {one for one in FORMS if getattr(self, one) is not None} | ({"since"} if self.until else set())
        if len(forms) != 1:
            reason = _("时间范围只能写一种形式") if forms else _("时间范围是空的")
            raise ConditionError(path, reason, _("写 last、this、previous、since 与 until、after 或 before 之一"))
        self._check_extras(path)
        if self.form in ("last", "previous"):
            self._check_lengths(path)
        elif self.form == "since":
            self._check_days(path)
        elif self.anchor:
            if not anchored:
                hint = _("某行为之前或之后的范围只用在 behaviour 里")
                raise ConditionError(f"{path}.{self.form}", _("这里不能以另一个行为为界"), hint)
            check_all(f"{path}.{self.form}", self.anchor.fact, self.anchor.where)
            if self.within:
                self.within.check(f"{path}.within")

    def _check_extras(self, path: str) -> None:
        fits = {"unit": ("last", "previous"), "ending": ("last",), "within": ("after", "before")}
        for name, forms in fits.items():
            if getattr(self, name) and self.form not in forms:
                raise ConditionError(
                    f"{path}.{name}", _("“{name}”不能与“{form}”同用"), _("请去掉 {name}"), name=name, form=self.form
                )

    def _check_lengths(self, path: str) -> None:
        if self.form == "last" and self.unit == "quarters":
            raise ConditionError(f"{path}.unit", _("近…不能用季度"), _("一个季度写成 3 个月，即 months"))
        if self.form == "previous" and self.unit in ("minutes", "hours"):
            raise ConditionError(
                f"{path}.unit",
                _("没有以“{unit}”为单位的自然周期"),
                _("请用 days 或更长的单位"),
                unit=self.unit,
                take="days",
            )
        check_length(path, getattr(self, self.form), str(self.unit), self.form)
        if not 0 <= self.ending <= LONGEST[str(self.unit)]:
            raise ConditionError(f"{path}.ending", _("{value} 太远或是负数"), _("例如 30"), value=self.ending)

    def _check_days(self, path: str) -> None:
        for name in ("since", "until"):
            value = getattr(self, name)
            if value is not None:
                check_day(f"{path}.{name}", value)
        if self.since and self.until and self.since > self.until:
            raise ConditionError(f"{path}.until", _("结束早于开始"), _("请对调 since 与 until"))

    def lower(self) -> Edge | None:
        """The moment after which facts count; None where there is none."""
        count, unit, since = (self.last or 0) + self.ending, str(self.unit), self.since
        if self.form == "last":
            return ago(count, unit)
        if self.form == "this":
            period = str(self.this)
            return Edge(f"this_0_{period}", lambda as_of: period_start(as_of, period) - TICK)
        if self.form == "previous":
            periods, period = self.previous or 0, unit[:-1]
            return Edge(f"this_{periods}_{period}", lambda as_of: period_start(as_of, period, periods) - TICK)
        if not since:
            return None
        begins = midnight(date.fromisoformat(since)) - TICK
        return Edge(_key("since", since), lambda as_of: begins, moving=False)

    def upper(self) -> Edge | None:
        """The last moment that counts; None where it is the moment asked about."""
        unit, until = str(self.unit), self.until
        if self.form == "last" and self.ending:
            return ago(self.ending, unit)
        if self.form == "previous":
            period = unit[:-1]
            return Edge(f"this_0_{period}", lambda as_of: period_start(as_of, period) - TICK)
        if self.form != "since" or not until:
            return None
        ends = midnight(date.fromisoformat(until) + timedelta(days=1)) - TICK
        return Edge(_key("until", until), lambda as_of: ends, moving=False)


def _key(word: str, day: str) -> str:
    """The zone is part of it: the same day begins at another moment elsewhere."""
    return re.sub(r"\W", "_", f"{word}_{day}_{clock.zone().key}")


def ago(count: int, unit: str) -> Edge:
    """So many units before the moment asked about."""
    return Edge(f"last_{count}_{unit}", Back(count, unit))


def elapsed_ago(span: Span) -> Edge:
    """Exactly that span before the moment asked about."""
    minutes = span.micros // SPAN["minutes"]
    return ago(minutes, "minutes")


def check_length(path: str, count: int, unit: str, name: str = "last") -> None:
    if not 1 <= count <= LONGEST[unit]:
        raise ConditionError(
            f"{path}.{name}", _("时长为 1 到 {most} {unit}"), _("例如 90 天"), most=LONGEST[unit], unit=said(unit)
        )


def check_day(path: str, value: str) -> None:
    try:
        year = date.fromisoformat(value).year
        right = len(value) == 10 and 1900 <= year <= 2200
    except ValueError:
        right = False
    if not right:
        raise ConditionError(path, _("{value} 不是 1900 到 2200 年的日期"), DAY_HINT, value=shown(value))


def midnight(day: date) -> datetime:
    """When a day begins by the workspace's clock, in UTC."""
    return datetime.combine(day, time(), clock.zone()).astimezone(UTC)


def period_start(as_of: datetime, period: str, before: int = 0) -> datetime:
    """When the calendar period that holds `as_of` began, or the one so many `before` it. Weeks begin on Monday."""
    day = as_of.astimezone(clock.zone()).date()
    if period == "day":
        return midnight(day - timedelta(days=before))
    if period == "week":
        return midnight(day - timedelta(days=day.weekday() + 7 * before))
    size = {"month": 1, "quarter": 3, "year": 12}[period]
    months = day.year * 12 + (day.month - 1) // size * size - before * size
    return midnight(date(months // 12, months % 12 + 1, 1))


def back(as_of: datetime, count: float, unit: str) -> datetime:
    """`count` units before `as_of`, in UTC."""
    if not count:
        return as_of.astimezone(UTC)
    if unit in ("minutes", "hours"):
        return (as_of - timedelta(**{unit: count})).astimezone(UTC)
    local = as_of.astimezone(clock.zone()).replace(fold=0)
    if unit in ("months", "years"):
        return _months_back(local, int(count) * (12 if unit == "years" else 1)).astimezone(UTC)
    return (local - timedelta(**{unit: count})).astimezone(UTC)


def _months_back(local: datetime, count: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 - count, 12)
    length = monthrange(year, month + 1)[1]
    if local.day <= length:
        return local.replace(year=year, month=month + 1)
    midnight = local.replace(year=year, month=month + 1, day=length, hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
