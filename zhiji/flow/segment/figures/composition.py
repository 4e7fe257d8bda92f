"""Of whom a segment, or everybody, consists: by class, region, age and what they spent in a year."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection

from zhiji.flow.profile.queries import owned_sql, roots_of
from zhiji.flow.segment.definitions.cut_points import published
from zhiji.flow.segment.figures.overlap import shared
from zhiji.flow.segment.live import membership_bitmap
from zhiji.flow.segment.live.membership_bitmap import Of
from zhiji.flow.segment.models import SchemeClass, Segment
from zhiji.flow.segment.queries import sized
from zhiji.kernel import clock

AGES = (18, 25, 35, 45, 55, 65)
AGE = """extract(year FROM %(today)s)::int - extract(year FROM p.birthday)::int - (p.birthday + make_interval(years =>
    extract(year FROM %(today)s)::int - extract(year FROM p.birthday)::int) > %(today)s)::int"""
"""Whole years, as conditions count them: who was born on 29 February is older on 28 February of a common year."""
REGIONS = 40
MEMBERS = "JOIN segment_segmentmembership m ON m.customer_id = p.customer_id AND m.segment_id = %(segment)s"


def compute(key: str, as_of: datetime, owner: int | None = None) -> dict[str, Any]:
    """{"total", "classes": {class id: n}, "regions": {name: n}, "ages": [n…, unknown], "spent": [n…], "bounds"}.

    `key` "" is everybody; either way of one owner's customers only, if given. Ages are below 18, to 25, …, from
    65; spent is nothing, then up to each bound, then more.
    """
    segment = Segment.objects.get(key=key).pk if key else None
    bounds = _bounds()
    known = {"segment": segment, "today": clock.day_of(as_of), "ages": list(AGES), "bounds": bounds, "owner": owner}
    own, mine = MEMBERS if segment else "", f"NOT p.merged AND {owned_sql('p.customer_id')}"
    regions = _counted(
        f"SELECT p.region, count(*) FROM profile_portrait p {own} WHERE {mine}"
        f" GROUP BY 1 ORDER BY 2 DESC LIMIT {REGIONS}",
        known,
    )
    ages = _counted(
        f"SELECT width_bucket({AGE}, %(ages)s), count(*) FROM profile_portrait p {own} WHERE {mine} GROUP BY 1", known
    )
    spent = _counted(
        "SELECT CASE WHEN s.amount_365d > 0 THEN 1 + width_bucket(s.amount_365d::float8, %(bounds)s::float8[])"
        f" ELSE 0 END, count(*) FROM profile_measures s JOIN profile_portrait p USING (customer_id) {own}"
        f" WHERE {mine} GROUP BY 1",
        known,
    )
    total = sum(ages.values())
    measured = sum(spent.values())
    return {
        "total": total,
        "classes": _classes(segment, owner),
        "regions": {name or "": count for name, count in regions.items()},
        "ages": [*(ages.get(at, 0) for at in range(len(AGES) + 1)), ages.get(None, 0)],
        "spent": [spent.get(at, 0) + (total - measured if at == 0 else 0) for at in range(len(bounds) + 2)],
        "bounds": bounds,
    }


def _classes(segment: int | None, owner: int | None) -> dict[str, int]:
    """{class: how many of the segment are in it}, of all schemes; of everybody, the classes' sizes."""
    if segment is None:
        return {str(one.pk): one.size for one in sized(SchemeClass.objects.all(), owner)}
    stored = membership_bitmap.read(among=roots_of(owner)).sets
    own = stored.get(Of(segment=segment))
    if own is None:
        return {}
    return {str(of.scheme_class): shared(own, bits) for of, bits in stored.items() if of.scheme_class is not None}


def _bounds() -> list[float]:
    """Round numbers near the published cut points of what is spent in a year; fixed ones before there are any."""
    points = [float(point) for one in published(["monetary"]) for point in one.points if point > 0]
    return sorted({_round(point) for point in points}) or [100.0, 500.0, 1000.0, 5000.0]


def _round(value: float) -> float:
    """To two figures."""
    return float(f"{value:.1e}")


def _counted(sql: str, known: dict[str, Any]) -> dict[Any, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, known)
        return {key: int(count) for key, count in cursor.fetchall()}


def age_labels() -> list[tuple[int | None, int | None]]:
    """(from, below) of each age in the order of `ages`, without the unknown."""
    edges: list[int | None] = [None, *AGES, None]
    return list(pairwise(edges))
