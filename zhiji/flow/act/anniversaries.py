"""Keep the table of anniversaries in step with portraits, for the day triggers to read by index."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from zhiji.flow.act.models import Anniversary, Rule
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.projection import MERGING
from zhiji.kernel import clock
from zhiji.kernel.lunar import FIRST, LAST, lunar_day
from zhiji.kernel.pipeline import Batch

CHUNK = 20_000
TELLING = frozenset({"customer_identified", "attributes_changed", "customer_registered"})


def attributes_watched() -> set[str]:
    """Birthday always, and whatever date a rule that isn't archived looks at."""
    trees = Rule.objects.filter(archived_at=None, trigger__kind="date").values_list("trigger", flat=True)
    return {"birthday", *(str(tree["attribute"]) for tree in trees)}


def refresh(customer_ids: Sequence[int], attributes: Iterable[str] | None = None) -> None:
    """Set the anniversaries of these customers right, whatever they were. In the caller's transaction."""
    wanted = sorted(attributes if attributes is not None else attributes_watched())
    custom = any(attribute.startswith("attributes.") for attribute in wanted)
    portraits = Portrait.objects.filter(customer_id__in=customer_ids, merged=False).only(
        "birthday", "birthday_calendar", "registered_at", *(["attributes"] if custom else [])
    )
    rows = [row for portrait in portraits for row in _rows(portrait, wanted)]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _column in range(7)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH fresh (customer_id, attribute, date, calendar, month, day, leap) AS (
                SELECT * FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::text[], %s::int[], %s::int[], %s::bool[])
            ), gone AS (
                DELETE FROM act_anniversary a WHERE a.customer_id = ANY(%s) AND a.attribute = ANY(%s)
                AND NOT EXISTS (SELECT FROM fresh f WHERE f.customer_id = a.customer_id AND f.attribute = a.attribute)
            )
            INSERT INTO act_anniversary (customer_id, attribute, date, calendar, month, day, leap)
            SELECT * FROM fresh
            ON CONFLICT (customer_id, attribute) DO UPDATE SET
                date = EXCLUDED.date, calendar = EXCLUDED.calendar, month = EXCLUDED.month,
                day = EXCLUDED.day, leap = EXCLUDED.leap
            WHERE (act_anniversary.date, act_anniversary.calendar) IS DISTINCT FROM (EXCLUDED.date, EXCLUDED.calendar)
            """,
            [*columns, list(customer_ids), wanted],
        )


def watch(attribute: str) -> None:
    """Fill the table for an attribute that a rule begins to look at; nothing to do when it is already kept."""
    if attribute == "birthday" or Anniversary.objects.filter(attribute=attribute).exists():
        return
    rebuild([attribute])


def rebuild(attributes: Iterable[str] | None = None) -> None:
    """Read every portrait again, in chunks by id; for a first look at an attribute and after a bare load."""
    wanted = sorted(attributes if attributes is not None else attributes_watched())
    last = 0
    while True:
        ids = list(
            Portrait.objects.filter(customer_id__gt=last, merged=False)
            .order_by("customer_id")
            .values_list("customer_id", flat=True)[:CHUNK]
        )
        if not ids:
            return
        refresh(ids, wanted)
        last = ids[-1]


def _rows(portrait: Portrait, attributes: Sequence[str]) -> list[tuple[Any, ...]]:
    rows = []
    for attribute in attributes:
        day = _date(portrait, attribute)
        if day is None or not FIRST < day.year < LAST:
            continue
        lunar = attribute == "birthday" and portrait.birthday_calendar == Portrait.Calendar.LUNAR
        if lunar:
            kept = lunar_day(day)
            rows.append((portrait.customer_id, attribute, day, "lunar", kept.month, kept.day, kept.leap))
        else:
            rows.append((portrait.customer_id, attribute, day, "solar", day.month, day.day, False))
    return rows


def _date(portrait: Portrait, attribute: str) -> date | None:
    if attribute == "birthday":
        return portrait.birthday
    if attribute == "registered_at":
        return clock.day_of(portrait.registered_at) if portrait.registered_at else None
    value = (portrait.attributes or {}).get(attribute.removeprefix("attributes."))
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def changed_in(batch: Batch) -> list[int]:
    """The customers whose portrait this batch may have changed: told of themselves, edited, merged or parted."""
    if batch.names.isdisjoint(TELLING | MERGING):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT c.root_id FROM batch b CROSS JOIN LATERAL (
                SELECT b.customer_id UNION ALL
                SELECT unnest(ARRAY[(b.properties->>'loser')::bigint, (b.properties->>'winner')::bigint])
                WHERE b.name = ANY (%s)
            ) AS side(id) JOIN resolve_customer c ON c.id = side.id
            WHERE b.name = ANY (%s)
            """,
            [list(MERGING), list(TELLING | MERGING)],
        )
        return [root for (root,) in cursor.fetchall()]
