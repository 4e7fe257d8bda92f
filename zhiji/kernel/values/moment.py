"""Moments and days as files, forms and senders write them."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

FIRST, LAST = 1900, 2199
"""The years that a date may have where nothing narrower is asked."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
TOLERANCE = timedelta(days=1)
"""How far a clock or a zone may be off before what it says counts as the future."""
LONGEST = 60

NO_MOMENT = Refusal(_("应是时间，例如 2026-03-04 15:06:00；别的写法请指定时间格式"))
NO_DAY = Refusal(_("应是日期，例如 2026-03-04；别的写法请指定日期格式"))
IMPLAUSIBLE = Refusal(_("年份不可能，请检查"))
TOO_OLD = Refusal(_("早于 1970 年，请检查"))
FUTURE = Refusal(_("还没有到这个时间，请检查"))

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.年])(?P<month>\d{1,2})(?:(?P=mark)|月)(?P<day>\d{1,2})日?"
    r"(?:[\sT]*(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})(?:[:分](?P<second>\d{1,2})(?:[.,](?P<part>\d{1,9}))?秒?|分)?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2}))?", re.ASCII)


def parse(text: str, zone: tzinfo, form: str = "", *, now: datetime | None = None) -> datetime | Refusal:
    """The moment; written without a zone it is one of `zone`. `form` is in the letters of strptime.

    With `now` it is a moment at which something happened: not before 1970, not later than `now`.
    """
    found = _read(text, form)
    if found is None:
        return NO_MOMENT
    moment = found if found.tzinfo else found.replace(tzinfo=zone)
    if now is None:
        return moment if FIRST <= moment.year <= LAST else IMPLAUSIBLE
    if moment < BEGINNING:
        return TOO_OLD
    return moment if moment <= now + TOLERANCE else FUTURE


def day(text: str, zone: tzinfo, form: str = "", *, now: datetime | None = None) -> date | Refusal:
    """The day; of a moment with a zone, the day that it falls on in `zone`. With `now`, none later than that."""
    found = _read(text, form)
    if found is None:
        return NO_DAY
    read = (found.astimezone(zone) if found.tzinfo else found).date()
    if not FIRST <= read.year <= LAST:
        return IMPLAUSIBLE
    return FUTURE if now is not None and read > (now + TOLERANCE).astimezone(zone).date() else read


def of(value: Any, zone: tzinfo, *, now: datetime | None = None) -> datetime | Refusal:
    """The same of a value of JSON: a text, or seconds or milliseconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,7}|-?\d{9,13}(\.\d+)?", value.strip(), re.ASCII):
        return parse(value, zone, now=now)
    try:
        seconds = float(value)
        found = datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return NO_MOMENT
    return NO_MOMENT if isinstance(value, bool) else parse(found.isoformat(), zone, now=now)


def _read(text: str, form: str) -> datetime | None:
    plain = narrow(cell(text)) if len(text) <= LONGEST else ""
    try:
        if form:
            return datetime.strptime(plain, form)  # noqa: DTZ007 - the caller knows the zone
        if compact := _COMPACT.fullmatch(plain):
            return _moment([int(part or 0) for part in compact.groups()])
        written = _WRITTEN.fullmatch(plain)
        return _put_together(written) if written else None
    except (ValueError, OverflowError):
        return None


def _put_together(found: re.Match[str]) -> datetime:
    parts = [int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    part = (found["part"] or "0").ljust(6, "0")[:6]
    return _moment([*parts, int(part)], _zone(found["zone"]))


def _moment(parts: list[int], zone: tzinfo | None = None) -> datetime:
    year, month, day, hour, minute, second, part = (*parts, 0)[:7]
    return datetime(year, month, day, hour, minute, second, part, zone)


def _zone(named: str | None) -> tzinfo | None:
    if not named or named.upper() in {"Z", "UTC", "GMT"}:
        return UTC if named else None
    return datetime.strptime(named if len(named) > 3 else f"{named}00", "%z").tzinfo
