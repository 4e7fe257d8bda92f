"""The one place that asks what time it is.

Rules and conditions never call this: they receive `as_of`. Only the edges (web, pipeline, jobs) do.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
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
    return datetime.combine(day_of(moment) - timedelta(days=days), time(), zone())


def day_of(moment: datetime) -> date:
    """The workspace's calendar day on which `moment` falls."""
    return moment.astimezone(zone()).date()
