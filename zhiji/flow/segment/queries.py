"""Named reads of segments, schemes, members and their changes."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from zhiji.access.models import User
from zhiji.flow.profile.queries import only_owner, owned_sql, roots_of, visible_to
from zhiji.flow.profile.search import search_ids
from zhiji.flow.segment.live import membership_bitmap
from zhiji.flow.segment.live.membership_bitmap import Of
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
from zhiji.kernel.written import written_once

FOUND, NEWEST = 200, 3_000
_LINES = """
SELECT at, segment_id, entered, scheme_id, from_class_id, to_class_id, cause, 1 AS n FROM segment_singlechange
UNION ALL
SELECT at, segment_id, entered, scheme_id, from_class_id, to_class_id, cause, bit_count(bits) AS n
FROM segment_blockchange
"""
_OWN_LINES = f"""
SELECT at, segment_id, entered, scheme_id, from_class_id, to_class_id, cause, 1 AS n FROM segment_membershipchange
WHERE {owned_sql("customer_id")}
"""
Sized = TypeVar("Sized", Segment, SchemeClass)


def lines(owner: int | None) -> str:
    """SQL: the log's lines with how many customers each is of, for counting without reading a row for each; with the
    parameter `owner`, those of this owner's customers."""
    return _LINES if owner is None else _OWN_LINES


def sized(rows: Iterable[Sized], owner: int | None) -> list[Sized]:
    """Segments or classes with their `size`: how many are in each, of everybody or of one owner's customers."""
    found = list(rows)
    if owner is not None:
        sets = membership_bitmap.read(among=roots_of(owner)).sets
        for one in found:
            of = Of(segment=one.pk) if isinstance(one, Segment) else Of(scheme=one.scheme_id, scheme_class=one.pk)
            one.size = membership_bitmap.size_of(sets[of]) if of in sets else 0
    return found


def segments(*, archived: bool = False) -> QuerySet[Segment]:
    """Segments by name."""
    return Segment.objects.filter(archived_at__isnull=not archived).order_by("name", "pk")


@written_once
def segment_names() -> QuerySet[Segment, tuple[str, str]]:
    """(key, name) of the segments by name."""
    return segments().values_list("key", "name")


def schemes() -> QuerySet[Scheme]:
    """Schemes with their classes in order."""
    return Scheme.objects.order_by("pk")


def classes_of(scheme: Scheme, owner: int | None = None) -> list[SchemeClass]:
    """A scheme's classes in order, sized."""
    return sized(scheme.classes.filter(position__gte=0).order_by("position"), owner)


def sizes_of_classes(owner: int | None = None) -> list[dict[str, Any]]:
    """Schemes with their classes in order, each with its size; of one owner's customers when given."""
    rows = SchemeClass.objects.filter(position__gte=0).select_related("scheme").order_by("scheme_id", "position")
    schemes: dict[str, dict[str, Any]] = {}
    for one in sized(rows, owner):
        scheme = schemes.setdefault(one.scheme.key, {"key": one.scheme.key, "name": one.scheme.name, "classes": []})
        scheme["classes"].append({"key": one.key, "name": one.name, "colour": one.colour, "size": one.size})
    return list(schemes.values())


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
    found = SingleChange.objects.filter(**which)
    if only_owner(user) is not None:  # whose newest aren't pushed out by others'
        found = found.filter(customer_id__in=visible_to(user).values("customer_id"))
    newest = found.order_by("-at").values("pk")[:NEWEST]
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


def sizes(of: Sequence[Segment], as_of: datetime, owner: int | None = None, days: int = 30) -> dict[int, Sizes]:
    """Each segment's size over the last days: today's, less what the log says came and went since."""
    now = {one.pk: one.size for one in sized(of, owner)}
    wanted = list(now)
    since = as_of - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment_id, (at AT TIME ZONE %(zone)s)::date, sum(CASE WHEN entered THEN n ELSE -n END)"
            f" FROM ({lines(owner)}) l WHERE segment_id = ANY(%(wanted)s) AND at > %(since)s GROUP BY 1, 2",
            {"zone": str(clock.zone()), "wanted": wanted, "since": since, "owner": owner},
        )
        moved: dict[int, dict[date, int]] = {}
        for segment, day, delta in cursor.fetchall():
            moved.setdefault(segment, {})[day] = int(delta)
    today = clock.day_of(as_of)
    span = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
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
    return _classes(customer_id), _memberships(customer_id)


@written_once
def _classes(root_id: int) -> QuerySet[Classification]:
    found = Classification.objects.filter(customer_id=root_id).select_related("scheme", "scheme_class")
    return found.order_by("scheme__pk")


@written_once
def _memberships(root_id: int) -> QuerySet[SegmentMembership]:
    found = SegmentMembership.objects.filter(customer_id=root_id, segment__archived_at=None)
    return found.select_related("segment").order_by("since", "segment_id")


@written_once
def last_changes(root_id: int) -> QuerySet[MembershipChange]:
    """The newest thirty changes of a root, newest first."""
    return history(root_id)[:30]


def history(customer_id: int) -> QuerySet[MembershipChange]:
    """The changes of a root, newest first."""
    found = MembershipChange.objects.filter(customer_id=customer_id).order_by("-at", "-pk")
    return found.select_related("segment", "scheme", "from_class", "to_class")
