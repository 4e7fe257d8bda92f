"""Lunar dates in words, and the solar days that a lunar date, as a person writes it, can mean."""

import re
from datetime import date, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lunar_python import Lunar, LunarMonth, LunarYear, Solar

FIRST, LAST = 1900, 2100
MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
UNITS = "一二三四五六七八九十"
DAYS = (
    *(f"初{one}" for one in UNITS),
    *(f"十{one}" for one in UNITS[:9]),
    "二十",
    *(f"廿{one}" for one in UNITS[:9]),
    "三十",
)
WRITTEN = re.compile(
    rf"(?:(?P<year>\d{{4}})\s*年?)?[\s./-]*(?:农历)?(?P<leap>闰)?"
    rf"(?:(?P<month>\d{{1,2}}|十[一二]|一|[{''.join(MONTHS)}])\s*[月\s./-]*(?P<day>\d{{1,2}}|[初十廿三二]?[{UNITS}]|)?[日号]?)?$"
)


def said(day: date | str, with_today: bool = False) -> str:
    """“农历八月十五” of a solar day, “lunar 8/15” in English; empty where the calendar doesn't reach.

    `with_today` says that the day is today.
    """
    try:
        day = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        return ""
    if not FIRST <= day.year <= LAST:
        return ""
    found = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    text = _words(abs(found.getMonth()), found.getDay(), found.getMonth() < 0)
    return _("今天是%s") % text if with_today else text


def _words(month: int, day: int, leap: bool) -> str:
    if (get_language() or "zh").startswith("zh"):
        return f"农历{'闰' if leap else ''}{MONTHS[month - 1]}月{DAYS[day - 1]}"
    return f"lunar {month}/{day}{' (leap month)' if leap else ''}"


def days_like(text: str, today: date) -> list[dict[str, str]]:
    """Solar days to choose from, as {value, label, sub}.

    A year gives the first day of each of its months, a year and a month its days, a month and a day without a year
    that day in the years around and before `today`.
    """
    found = WRITTEN.match(text.strip())
    if found is None:
        return []
    year = int(found["year"]) if found["year"] else None
    month, day, leap = _month(found["month"] or ""), _day(found["day"] or ""), bool(found["leap"])
    if year is None and month is None:
        year = today.year
    if year is None:
        years = [one for one in range(today.year + 1, today.year - 100, -1) if FIRST <= one <= LAST]
        return [row for one in years for row in _rows(one, month, day or 1, leap)]
    if not FIRST <= year <= LAST:
        return []
    return _rows(year, month, day, leap)


def _rows(year: int, month: int | None, day: int | None, leap: bool) -> list[dict[str, str]]:
    found = []
    for one in LunarYear.fromYear(year).getMonths():
        if one.getYear() != year or (month is not None and abs(one.getMonth()) != month):
            continue
        if leap and one.getMonth() > 0:
            continue
        wanted = [day] if day else range(1, one.getDayCount() + 1) if month else [1]
        found += [_row(one, number) for number in wanted if number <= one.getDayCount()]
    return found


def _row(month: LunarMonth, day: int) -> dict[str, str]:
    solar = Lunar.fromYmd(month.getYear(), month.getMonth(), 1).getSolar()
    on = date(solar.getYear(), solar.getMonth(), solar.getDay()) + timedelta(days=day - 1)
    return {
        "value": on.isoformat(),
        "label": _words(abs(month.getMonth()), day, month.getMonth() < 0),
        "sub": on.isoformat(),
    }


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 12 else None
    if text and text in MONTHS:
        return MONTHS.index(text) + 1
    return {"一": 1, "十一": 11, "十二": 12}.get(text)


def _day(text: str) -> int | None:
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 30 else None
    if text in DAYS:
        return DAYS.index(text) + 1
    return UNITS.index(text) + 1 if text and text in UNITS else None
