"""What a window means: moments by the workspace's clock, periods by its calendar."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Inside = Callable[[datetime], bool]


def span(within: dict[str, Any]) -> timedelta:
    """Elapsed time: a day is 24 hours."""
    return timedelta(**{within.get("unit", "days"): within["last"]})


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def back(as_of: datetime, count: int, unit: str, zone: ZoneInfo) -> datetime:
    """`count` units earlier: minutes and hours of elapsed time, others by the clock on the wall."""
    if count == 0:
        return as_of
    if unit in ("minutes", "hours"):
        return as_of - timedelta(**{unit: count})
    wall = as_of.astimezone(zone).replace(tzinfo=None)
    if unit in ("months", "years"):
        wall = months_earlier(wall, count * (12 if unit == "years" else 1))
    else:
        wall -= timedelta(days=count * (7 if unit == "weeks" else 1))
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def months_earlier(wall: datetime, count: int) -> datetime:
    """The same day and time so many months earlier; where that month lacks the day, its end."""
    year, month = divmod(wall.year * 12 + wall.month - 1 - count, 12)
    length = monthrange(year, month + 1)[1]
    if wall.day > length:
        return datetime.combine(date(year, month + 1, length), time()) + timedelta(days=1)
    return wall.replace(year=year, month=month + 1)


def period_start(day: date, unit: str) -> date:
    """The first day of the day, week, month, quarter or year that holds `day`."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return date(day.year, day.month - (day.month - 1) % 3, 1)
    return date(day.year, 1, 1)


def periods_before(start: date, count: int, unit: str) -> date:
    """The first day of the period `count` periods before the one that begins on `start`."""
    for _ in range(count):
        start = period_start(start - timedelta(days=1), unit)
    return start


def inside(window: dict[str, Any] | None, as_of: datetime, zone: ZoneInfo) -> Inside:
    """Whether a moment is in a window that hangs on no other fact."""
    if window is None:
        return lambda at: at <= as_of
    if window.get("last") is not None:
        unit, ending = window.get("unit") or "days", window.get("ending") or 0
        lower, upper = back(as_of, window["last"] + ending, unit, zone), back(as_of, ending, unit, zone)
        return lambda at: lower < at <= upper and at <= as_of
    today = day_of(as_of, zone)
    if window.get("this") is not None:
        start = midnight(period_start(today, window["this"]), zone)
        return lambda at: start <= at <= as_of
    if window.get("previous") is not None:
        unit = window["unit"].removesuffix("s")
        end = period_start(today, unit)
        first, last = midnight(periods_before(end, window["previous"], unit), zone), midnight(end, zone)
        return lambda at: first <= at < last and at <= as_of
    since, until = window.get("since"), window.get("until")
    begin = midnight(date.fromisoformat(since), zone) if since else None
    stop = midnight(date.fromisoformat(until) + timedelta(days=1), zone) if until else None
    return lambda at: (begin is None or at >= begin) and (stop is None or at < stop) and at <= as_of


def around(window: dict[str, Any], anchor: datetime | None, as_of: datetime) -> Inside:
    """Whether a moment is strictly after or before an anchor, and near enough."""
    if anchor is None:
        return lambda at: False
    reach = span(window["within"]) if window.get("within") else None
    if window.get("after") is not None:
        return lambda at: anchor < at <= as_of and (reach is None or at - anchor <= reach)
    return lambda at: at < anchor and (reach is None or anchor - at <= reach)
