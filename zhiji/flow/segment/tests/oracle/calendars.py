"""When somebody's day is kept, and how long ago a day was.

The rules of kept days: a day of a leap month is kept in that leap month when the year has it, else in the ordinary
month of the same number; an ordinary month's day never in a leap month. The 30th is kept on the 29th in a month of
29 days. Solar 29 February is kept on the 28th in a common year.
"""

from calendar import isleap, monthrange
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import LunarYear, Solar


@lru_cache(maxsize=100_000)
def lunar(day: date) -> tuple[int, int, int]:
    """(year, month, day) of the lunar calendar; the month is negative for a leap month."""
    found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return found.getYear(), found.getMonth(), found.getDay()


@lru_cache(maxsize=10_000)
def month_lengths(year: int) -> dict[int, int]:
    """{month: days} of a lunar year, leap months negative."""
    return {one.getMonth(): one.getDayCount() for one in LunarYear.fromYear(year).getMonths() if one.getYear() == year}


def kept_on(born: date, day: date, calendar: str) -> bool:
    """Whether `day` is a day on which a date of birth is kept."""
    return _kept_lunar(born, day) if calendar == "lunar" else _kept_solar(born, day)


def _kept_solar(born: date, day: date) -> bool:
    if (born.month, born.day) == (2, 29) and not isleap(day.year):
        return (day.month, day.day) == (2, 28)
    return (day.month, day.day) == (born.month, born.day)


def _kept_lunar(born: date, day: date) -> bool:
    _, month, number = lunar(born)
    year, today_month, today_number = lunar(day)
    lengths = month_lengths(year)
    if month not in lengths:
        month = -month
    return today_month == month and today_number == min(number, lengths[month])


def anniversary_near(born: date, today: date, before: int, after: int, calendar: str) -> bool:
    """Whether a kept day is within so many days before or after it, the first 300 days of life left out."""
    days = (today + timedelta(days=offset) for offset in range(-after, before + 1))
    return any(kept_on(born, day, calendar) for day in days if day >= born + timedelta(days=300))


def whole_units(first: date, last: date, unit: str) -> int | None:
    """How many whole units from one day to a later one; None when it is earlier."""
    if last < first:
        return None
    if unit in ("days", "weeks"):
        return (last - first).days // (7 if unit == "weeks" else 1)
    months = 0
    while _months_later(first, months + 1) <= last:
        months += 1
    return months // (12 if unit == "years" else 1)


def _months_later(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
