"""Kept days of many dates at once: how far the nearest are, by the rules of `lunar`, as arrays.

Days are numbers of days since 1970-01-01.
"""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from zhiji.kernel.lunar import FIRST, LAST, lunar_day, months_of

Days = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
EPOCH = date(1970, 1, 1).toordinal()
NEVER = 10**6
YOUNGEST = 300


def nearest(days: Days, lunar: Flags, today: date) -> tuple[Days, Days]:
    """For each date: days since the last kept day up to today, and days until the next from today on.

    A day is kept from 300 days after the date on. NEVER where there is none, or the lunar calendar isn't known.
    """
    behind, ahead = np.full(len(days), NEVER), np.full(len(days), NEVER)
    now = today.toordinal() - EPOCH
    known = ~lunar
    solar = _solar_kept(days[known], today.year)
    behind[known], ahead[known] = _distances(days[known], solar, now)
    first, last = _bounds()
    known = lunar & (days >= first) & (days < last)
    if known.any() and FIRST < today.year < LAST:
        behind[known], ahead[known] = _distances(days[known], _lunar_kept(days[known], today), now)
    return behind, ahead


def _distances(days: Days, kept: list[Days], now: int) -> tuple[Days, Days]:
    behind, ahead = np.full(len(days), NEVER), np.full(len(days), NEVER)
    for one in kept:
        counts = one >= days + YOUNGEST
        behind = np.where(counts & (one <= now), np.minimum(behind, now - one), behind)
        ahead = np.where(counts & (one >= now), np.minimum(ahead, one - now), ahead)
    return behind, ahead


def _solar_kept(days: Days, year: int) -> list[Days]:
    """The kept days in the year before, this year, and the next."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    number = months.astype(np.int64) % 12
    day = days - months.astype("datetime64[D]").astype(np.int64)
    found = []
    for one in (year - 1, year, year + 1):
        month = (one - 1970) * 12 + number
        begins = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        ends = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        found.append(begins + np.minimum(day, ends - begins - 1))
    return found


@cache
def _calendar() -> tuple[Days, Days, Flags]:
    """Every lunar month of the years that are kept: first day, number, whether it is a leap month."""
    months = [one for year in range(FIRST, LAST + 1) for one in months_of(year)]
    firsts = np.array([one.first.toordinal() - EPOCH for one in months])
    return firsts, np.array([one.month for one in months]), np.array([one.leap for one in months])


@cache
def _bounds() -> tuple[int, int]:
    firsts = _calendar()[0]
    return int(firsts[0]), int(firsts[-1])


@cache
def _kept_months(year: int) -> tuple[Any, Any]:
    """Where each (month number, leap) of a lunar year is kept: first days and lengths, by [number, leap]."""
    firsts, lengths = np.zeros((13, 2), dtype=np.int64), np.zeros((13, 2), dtype=np.int64)
    for one in sorted(months_of(year), key=lambda month: month.leap):
        at = (one.month, slice(int(one.leap), 2))
        firsts[at], lengths[at] = one.first.toordinal() - EPOCH, one.days
    return firsts, lengths


def _lunar_kept(days: Days, today: date) -> list[Days]:
    firsts, numbers, leaps = _calendar()
    at = np.searchsorted(firsts, days, side="right") - 1
    number, leap, day = numbers[at], leaps[at].astype(np.int64), days - firsts[at]
    year = lunar_day(today).year
    found = []
    for one in (year - 1, year, year + 1):
        begins, lengths = _kept_months(one)
        found.append(begins[number, leap] + np.minimum(day, lengths[number, leap] - 1))
    return found


def months_between(first: Days, second: Days) -> Days:
    """Whole months from each first day to the second: full on the same day number, or at a shorter month's end."""
    one, other = first.astype("datetime64[D]"), second.astype("datetime64[D]")
    month, last = one.astype("datetime64[M]"), other.astype("datetime64[M]")
    number = (one - month.astype("datetime64[D]")).astype(np.int64)
    reached = (other - last.astype("datetime64[D]")).astype(np.int64)
    length = ((last + 1).astype("datetime64[D]") - last.astype("datetime64[D]")).astype(np.int64)
    full = reached >= np.minimum(number, length - 1)
    months: Days = (last - month).astype(np.int64) - np.where(full, 0, 1)
    return months
