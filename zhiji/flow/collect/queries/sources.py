"""Sources, and what was last heard from one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from zhiji.flow.collect.models import EventName, Source
from zhiji.flow.collect.protocol.names import Names
from zhiji.flow.collect.queries.words import words
from zhiji.records.queries import declared

LOOKED_AT = 20_000


@dataclass(frozen=True)
class Heard:
    """A fact as the live view shows it. `customer_id` is None while it waits in the inbox."""

    name: str
    occurred_at: datetime
    received_at: datetime
    identity: str | None
    customer_id: int | None
    properties: str


def sources() -> QuerySet[Source]:
    """Every source, the enabled first."""
    return Source.objects.order_by("-enabled", "name")


def event_names() -> QuerySet[EventName]:
    """The table of names, as it is shown."""
    return EventName.objects.order_by("ours", "theirs")


def names() -> Names:
    """The table as the protocol uses it."""
    table = EventName.objects.order_by("id").values_list("theirs", "ours", "properties")
    return Names(table, words(), declared().values())


def last_heard(source: Source, limit: int = 30) -> list[Heard]:
    """The newest facts of a source, in the inbox or logged, among the newest of all (so that no scan is long)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            (SELECT name, occurred_at, received_at, identity, customer_id, left(properties::text, 2000), 1 AS rank, id
             FROM (SELECT * FROM kernel_accepted ORDER BY id DESC LIMIT %(looked)s) recent
             WHERE source_id = %(source)s ORDER BY id DESC LIMIT %(limit)s)
            UNION ALL
            (SELECT name, occurred_at, received_at, NULL, customer_id, left(properties::text, 2000), 0, id
             FROM (SELECT * FROM kernel_fact ORDER BY id DESC LIMIT %(looked)s) recent
             WHERE source_id = %(source)s ORDER BY id DESC LIMIT %(limit)s)
            ORDER BY 3 DESC, rank DESC, id DESC LIMIT %(limit)s
            """,
            {"source": source.pk, "limit": limit, "looked": LOOKED_AT},
        )
        rows: list[Any] = cursor.fetchall()
    return [Heard(*row[:6]) for row in rows]
