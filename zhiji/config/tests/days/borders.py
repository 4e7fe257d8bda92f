"""Moments at which the workspace's day isn't UTC's, and what lies on both sides of each border that they look back to.

Shanghai is eight hours ahead: from midnight to 08:00 a day, week, month or year cut by UTC is another one.
"""

from datetime import UTC, date, datetime, time, timedelta

from zhiji.kernel import clock

TICK = timedelta(microseconds=1)
NOWS = {
    "first of May, a Monday, 00:30": datetime(2028, 4, 30, 16, 30, tzinfo=UTC),
    "last of May, 07:30": datetime(2028, 5, 30, 23, 30, tzinfo=UTC),
    "29 February, 00:30": datetime(2028, 2, 28, 16, 30, tzinfo=UTC),
    "1 March after it, 07:30": datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
    "31 December, 00:30": datetime(2028, 12, 30, 16, 30, tzinfo=UTC),
    "New Year, 07:30": datetime(2028, 12, 31, 23, 30, tzinfo=UTC),
}


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.zone()).astimezone(UTC)


def day(moment: datetime) -> date:
    return moment.astimezone(clock.zone()).date()


def monday(of: date) -> date:
    return of - timedelta(days=of.weekday())


def months_before(of: date, count: int) -> date:
    """The first day of the month so many months before."""
    year, month = divmod(of.year * 12 + of.month - 1 - count, 12)
    return date(year, month + 1, 1)


def moments(now: datetime) -> list[datetime]:
    """On both sides of each border of days, weeks, months and years that somebody may look back to, and of UTC's."""
    today = day(now)
    ends = {today - timedelta(days=back) for back in (0, 1, 7, 30)}
    ends |= {monday(today), monday(today) - timedelta(weeks=1), monday(today) - timedelta(weeks=52)}
    ends |= {months_before(today, count) for count in (0, 1, 11)} | {date(today.year, 1, 1)}
    borders = {midnight(end) for end in ends} | {datetime.combine(today, time(), UTC) - timedelta(days=1)}
    return sorted({one for border in borders for one in (border - TICK, border) if one <= now})
