"""The moment as of which something is to be explained."""

from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext as _

from zhiji.flow.segment.conditions.comparison import is_day
from zhiji.flow.segment.conditions.window import TICK
from zhiji.kernel import clock

OLDEST = 200
"""Years before a moment that a condition may look at: a window reaches a hundred, and what ends before it as many."""


def moment_of(text: str, now: datetime) -> datetime:
    """The moment that a day (its end; of today, now) or a moment written in ISO means; "" is now.

    Raises ValueError, with what to write; also for what is yet to come, which nobody knows.
    """
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=clock.zone())
        began = moment.astimezone(UTC)
        began.replace(year=began.year - OLDEST, day=1)
    except (ValueError, OverflowError):
        raise ValueError(_("日期写作 2026-05-03，时刻写作 2026-05-03T09:30。")) from None
    if began > now:
        raise ValueError(_("%(moment)s 还没有到；请问现在或过去的一天，留空就是现在。") % {"moment": text})
    if not is_day(text):
        return began
    return min(datetime.combine(moment.date() + timedelta(days=1), time(), clock.zone()).astimezone(UTC) - TICK, now)
