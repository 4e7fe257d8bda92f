"""The lunar calendar, and on which day of it somebody's day is kept.

The rules, which people may differ about, so they are written down here and tested:

- A day of a leap month (闰月) is kept once a year: in that leap month when the year has it, else in the
  ordinary month of the same number. An ordinary month's day is never kept in the leap month.
- The 30th of a month that has 29 days this year is kept on the 29th (除夕 is the last day, whatever its number).
- Solar 29 February is kept on 28 February in a common year.
"""

from bisect import bisect_right
from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lunar_python import LunarYear

FIRST, LAST = 1850, 2150


@dataclass(frozen=True, order=True)
class LunarMonth:
    """A lunar month: its solar first day, its length, its year and number; `leap` for a 闰月."""

    first: date
    days: int
    year: int
    month: int
    leap: bool


@dataclass(frozen=True)
class LunarDay:
    year: int
    month: int
    day: int
    leap: bool
    month_days: int


@cache
def months_of(year: int) -> tuple[LunarMonth, ...]:
    """The months of a lunar year, in order."""
    found = []
    for month in LunarYear.fromYear(year).getMonths():
        if month.getYear() == year:
            number = month.getMonth()
            first = date.fromordinal(int(month.getFirstJulianDay() + 0.5) - 1721425)
            found.append(LunarMonth(first, month.getDayCount(), year, abs(number), number < 0))
    return tuple(sorted(found))


def lunar_day(day: date) -> LunarDay:
    """The lunar date of a solar one. Raises ValueError outside 1850 to 2150."""
    if not FIRST <= day.year <= LAST:
        raise ValueError(f"the lunar calendar is kept for {FIRST} to {LAST}, not for {day.year}")
    year = day.year if day >= months_of(day.year)[0].first else day.year - 1
    months = months_of(year)
    month = months[bisect_right([one.first for one in months], day) - 1]
    return LunarDay(year, month.month, (day - month.first).days + 1, month.leap, month.days)


def lunar_days_kept(day: date) -> list[tuple[int, int, bool]]:
    """The lunar (month, day, leap) dates of birth that are kept on this solar day."""
    today = lunar_day(day)
    days = [today.day]
    if today.day == 29 and today.month_days == 29:
        days.append(30)
    kept = [(today.month, one, today.leap) for one in days]
    if not today.leap and not _has_leap(today.year, today.month):
        kept += [(today.month, one, True) for one in days]
    return kept


def solar_days_kept(day: date) -> list[tuple[int, int]]:
    """The solar (month, day) dates of birth that are kept on this day."""
    kept = [(day.month, day.day)]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        kept.append((2, 29))
    return kept


def next_kept(month: int, day: int, leap: bool, after: date) -> date:
    """The next solar day, `after` or later, on which a lunar date of birth is kept."""
    for year in (after.year - 1, after.year, after.year + 1):
        months = [one for one in months_of(year) if one.month == month]
        chosen = next((one for one in months if one.leap == leap), months[0])
        found = chosen.first + timedelta(days=min(day, chosen.days) - 1)
        if found >= after:
            return found
    raise ValueError(f"lunar {month}-{day} has no day after {after}")


def _has_leap(year: int, month: int) -> bool:
    return any(one.leap and one.month == month for one in months_of(year))
