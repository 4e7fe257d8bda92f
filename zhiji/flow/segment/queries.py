"""Named reads of segments, schemes, members and their changes."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import visible_to
from zhiji.flow.profile.search import search_ids
from zhiji.flow.segment.models import (
    Build,
    Classification,
    MembershipChange,
    Scheme,
    SchemeClass,
    Segment,
    SegmentMembership,
    SingleChange,
)
from zhiji.kernel import clock

FOUND, NEWEST = 200, 3_000
LOG = """
SELECT at, segment_id, entered, scheme_id, from_class_id, to_class_id, cause, 1 AS n FROM segment_singlechange
UNION ALL
SELECT at, segment_id, entered, scheme_id, from_class_id, to_class_id, cause, bit_count(bits) AS n
FROM segment_blockchange
"""
"""The log's lines with how many customers each is of, for counting without reading a row for each."""


def segments(*, archived: bool = False) -> QuerySet[Segment]:
    """Segments by name."""
    return Segment.objects.filter(archived_at__isnull=not archived).order_by("name", "pk")


def schemes() -> QuerySet[Scheme]:
    """Schemes with their classes in order."""
    return Scheme.objects.order_by("pk")


def classes_of(scheme: Scheme) -> list[SchemeClass]:
    return list(scheme.classes.filter(position__gte=0).order_by("position"))


def sizes_of_classes(owner_id: int | None = None) -> list[dict[str, Any]]:
    """Schemes with their classes in order, each with its size; of one owner's customers when given."""
    rows = SchemeClass.objects.filter(position__gte=0).select_related("scheme").order_by("scheme_id", "position")
    owned = _owned(owner_id) if owner_id is not None else None
    schemes: dict[str, dict[str, Any]] = {}
    for one in rows:
        scheme = schemes.setdefault(one.scheme.key, {"key": one.scheme.key, "name": one.scheme.name, "classes": []})
        size = one.size if owned is None else owned.get(one.pk, 0)
        scheme["classes"].append({"key": one.key, "name": one.name, "colour": one.colour, "size": size})
    return list(schemes.values())


def _owned(owner_id: int) -> dict[int, int]:
    """{class: how many of an owner's customers are in it}."""
    mine = Portrait.objects.filter(owner_id=owner_id, merged=False).values("customer_id")
    counted = Classification.objects.filter(customer_id__in=mine).values_list("scheme_class_id")
    return dict(counted.annotate(size=Count("customer_id")).order_by())


def members(segment: Segment, user: User) -> QuerySet[SegmentMembership]:
    """The members that `user` may see; keyset order is by customer."""
    seen = visible_to(user).filter(customer_id=OuterRef("customer_id"))
    return SegmentMembership.objects.filter(Exists(seen), segment=segment)


def classified(one: SchemeClass, user: User) -> QuerySet[Classification]:
    """The customers of a class that `user` may see."""
    seen = visible_to(user).filter(customer_id=OuterRef("customer_id"))
    return Classification.objects.filter(Exists(seen), scheme=one.scheme_id, scheme_class=one)


def members_found(segment: Segment, user: User, text: str = "", since: str = "") -> QuerySet[SegmentMembership]:
    """The members that `user` may see, whom `text` finds (as in the customer list) and who came since a day."""
    found = members(segment, user)
    if text.strip():
        found = found.filter(customer_id__in=search_ids(user, text.strip()[:200], FOUND))
    with suppress(ValueError):
        start = datetime.combine(date.fromisoformat(since), time(), clock.zone())
        came = MembershipChange.objects.filter(segment=segment, entered=True, at__gte=start)
        found = found.filter(since__gte=start, customer_id__in=came.values("customer_id"))
    return found


def changes(user: User, **which: Any) -> QuerySet[SingleChange]:
    """Entries and exits, of customers that `user` may see, newest first; among the newest thousands of them.

    Those of very many at once (see BlockChange) aren't listed one by one.
    """
    seen = visible_to(user).filter(customer_id=OuterRef("customer_id"))
    newest = SingleChange.objects.filter(**which).order_by("-at").values("pk")[:NEWEST]
    found = SingleChange.objects.filter(Exists(seen), pk__in=newest)
    return found.select_related("segment", "scheme", "from_class", "to_class").order_by("-at", "-pk")


def names_of(customer_ids: Iterable[int], user: User) -> dict[int, str]:
    """{root id: name} of those that `user` may see."""
    found = visible_to(user).filter(customer_id__in=list(customer_ids))
    return {pk: name or f"#{pk}" for pk, name in found.values_list("customer_id", "name")}


@dataclass(frozen=True)
class Sizes:
    """The size of a segment at the end of each day, oldest first."""

    days: list[date]
    sizes: list[int]


def sizes(segment_ids: Iterable[int], as_of: datetime, days: int = 30) -> dict[int, Sizes]:
    """Each segment's size over the last days: today's, less what the log says came and went since."""
    wanted = list(segment_ids)
    since = as_of - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment_id, (at AT TIME ZONE %s)::date, sum(CASE WHEN entered THEN n ELSE -n END)"
            f" FROM ({LOG}) l WHERE segment_id = ANY(%s) AND at > %s GROUP BY 1, 2",
            [str(clock.zone()), wanted, since],
        )
        moved: dict[int, dict[date, int]] = {}
        for segment, day, delta in cursor.fetchall():
            moved.setdefault(segment, {})[day] = int(delta)
    today = clock.day_of(as_of)
    span = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    now = dict(Segment.objects.filter(pk__in=wanted).values_list("pk", "size"))
    found = {}
    for one in wanted:
        size, row = now.get(one, 0), []
        for day in reversed(span):
            row.append(max(0, size))
            size -= moved.get(one, {}).get(day, 0)
        found[one] = Sizes(span, row[::-1])
    return found


def under_way() -> Build | None:
    """The newest build that hasn't finished."""
    return Build.objects.filter(finished_at=None).order_by("-pk").first()


def of_customer(customer_id: int) -> tuple[list[Classification], list[SegmentMembership]]:
    """The classes and segments of a root."""
    classes = Classification.objects.filter(customer_id=customer_id).select_related("scheme", "scheme_class")
    memberships = SegmentMembership.objects.filter(customer_id=customer_id, segment__archived_at=None)
    return list(classes.order_by("scheme__pk")), list(memberships.select_related("segment").order_by("since"))


def history(customer_id: int) -> QuerySet[MembershipChange]:
    """The changes of a root, newest first."""
    found = MembershipChange.objects.filter(customer_id=customer_id).order_by("-at", "-pk")
    return found.select_related("segment", "scheme", "from_class", "to_class")
