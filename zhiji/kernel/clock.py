"""The one place that asks what time it is.

Rules and conditions never call this: they receive `as_of`. Only the edges (web, pipeline, jobs) do.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """This moment, in UTC. With ZHIJI_TEST_CLOCK, shifted by the seconds in the data folder's file `clock`."""
    moment = datetime.now(UTC)
    if settings.OPTIONS.test_clock:
        with suppress(FileNotFoundError, ValueError):
            moment += timedelta(seconds=float((settings.HOME / "clock").read_text()))
    return moment


def zone() -> ZoneInfo:
    """The workspace's time zone."""
    return ZoneInfo(settings.TIME_ZONE)


def days_before(moment: datetime, days: int) -> datetime:
    """The beginning of the workspace's day so many days before that of `moment`."""
    return begin_of(day_of(moment) - timedelta(days=days))


def begin_of(day: date) -> datetime:
    """The first moment of a day of the workspace."""
    return datetime.combine(day, time(), zone())


def day_of(moment: datetime) -> date:
    """The workspace's calendar day on which `moment` falls."""
    return moment.astimezone(zone()).date()


def is_set(first: int, last: int) -> bool:
    """Whether the workspace's clocks were set differently between the beginning and the end of these years."""
    return _is_set(settings.TIME_ZONE, first, last)


@lru_cache(64)
def _is_set(name: str, first: int, last: int) -> bool:
    here, day = ZoneInfo(name), timedelta(days=1)
    days = (datetime(first, 1, 1, tzinfo=UTC) + number * day for number in range((last - first + 1) * 366))
    return len({one.astimezone(here).utcoffset() for one in days}) > 1
