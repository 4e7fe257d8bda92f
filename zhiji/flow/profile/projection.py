"""What a batch of facts does to portraits: sight, traits and edits, merges."""

from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from zhiji.flow.profile import portrait_store
from zhiji.flow.profile.last_seen import note_seen
from zhiji.flow.profile.portrait import TELLING, tell
from zhiji.flow.resolve.queries import roots_of
from zhiji.kernel.pipeline import Batch

MERGING = frozenset({"customers_merged", "customers_unmerged"})


def absorb(batch: Batch) -> None:
    """Take the batch's facts into the portraits of their roots."""
    note_seen(batch)
    moved = _moved(batch)
    _tell_all(batch, moved)
    if moved:
        portrait_store.recompute(moved, batch.as_of)


def _moved(batch: Batch) -> set[int]:
    """The roots whose tree was another before: a fact in this batch says so."""
    if batch.names.isdisjoint(MERGING):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (properties ->> 'loser')::bigint, (properties ->> 'winner')::bigint FROM batch"
            " WHERE name = ANY (%s)",
            [list(MERGING)],
        )
        return set(roots_of(one for pair in cursor.fetchall() for one in pair if one is not None).values())


def _tell_all(batch: Batch, moved: set[int]) -> None:
    if batch.names.isdisjoint(TELLING):
        return
    facts = [fact for fact in _telling() if fact[0] not in moved]
    standing = portrait_store.load({root for root, _, _, _ in facts})
    for root, name, at, properties in facts:
        if root in standing:
            tell(standing[root], name, at, properties)
    portrait_store.save(standing, batch.as_of)
    portrait_store.retell_past({root: one for root, one in standing.items() if one.late})


def _telling() -> list[tuple[int, str, datetime, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT customer.root_id, batch.name, batch.occurred_at, batch.properties::text FROM batch
            JOIN resolve_customer AS customer ON customer.id = batch.customer_id
            WHERE batch.name = ANY (%s) ORDER BY batch.fact_id
            """,
            [list(TELLING)],
        )
        return [(root, name, at, orjson.loads(text)) for root, name, at, text in cursor.fetchall()]
