"""A segment over the last days: who came, who went, how many there were."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from zhiji.flow.profile.queries import roots_of
from zhiji.flow.segment.figures.preview import over_time
from zhiji.flow.segment.models import Segment
from zhiji.flow.segment.queries import lines, sized
from zhiji.kernel import clock

DAYS, POINTS = 90, 13
_MOVED = """
SELECT (at AT TIME ZONE %(zone)s)::date, cause IN ('build', 'definition'),
       coalesce(sum(n) FILTER (WHERE entered), 0), coalesce(sum(n) FILTER (WHERE NOT entered), 0)
FROM ({log}) l WHERE segment_id = %(segment)s AND at > %(since)s AND at <= %(as_of)s GROUP BY 1, 2
"""


def compute(key: str, as_of: datetime, owner: int | None = None) -> dict[str, Any]:
    """{"days": [{day, entered, left, built_in, built_out, size}…], "before": [[day, size]…], "began": day or null}.

    `days` are told by the log, the size at the end of each; `before` it began, sizes are by the condition as it is
    now, asked as of those days. What a new definition or a full build moved is `built_in` and `built_out`.
    Of everybody, or of one owner's customers.
    """
    (segment,) = sized([Segment.objects.get(key=key)], owner)
    today = clock.day_of(as_of)
    first = today - timedelta(days=DAYS - 1)
    moved: dict[date, dict[bool, tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"zone": str(clock.zone()), "segment": segment.pk, "owner": owner}
        asked |= {"since": as_of - timedelta(days=DAYS), "as_of": as_of}
        cursor.execute(f"SELECT min(at) FROM ({lines(owner)}) l WHERE segment_id = %(segment)s", asked)
        began = cursor.fetchone()[0]
        cursor.execute(_MOVED.format(log=lines(owner)), asked)
        for day, built, entered, left in cursor.fetchall():
            moved.setdefault(day, {})[built] = (int(entered), int(left))
    start = max(first, clock.day_of(began)) if began else today
    return {
        "days": _days(segment.size, moved, start, today),
        "before": _before(segment, start, as_of, owner) if start > first else [],
        "began": clock.day_of(began).isoformat() if began else None,
    }


def _days(size: int, moved: dict[date, dict[bool, tuple[int, int]]], start: date, today: date) -> list[dict[str, Any]]:
    """From `start` to today; the sizes from today's backwards."""
    found = []
    for back in range((today - start).days + 1):
        day = today - timedelta(days=back)
        entered, left = moved.get(day, {}).get(False, (0, 0))
        built_in, built_out = moved.get(day, {}).get(True, (0, 0))
        found.append(
            {
                "day": day.isoformat(),
                "entered": entered,
                "left": left,
                "built_in": built_in,
                "built_out": built_out,
                "size": max(0, size),
            }
        )
        size -= entered + built_in - left - built_out
    return found[::-1]


def _before(segment: Segment, start: date, as_of: datetime, owner: int | None) -> list[tuple[str, int]]:
    """Sizes before the log began, as of some days, by the condition as it is now."""
    asked = over_time(segment.condition, as_of, DAYS, POINTS, roots_of(owner))
    return [(day.isoformat(), size) for day, size in asked if day < start]
