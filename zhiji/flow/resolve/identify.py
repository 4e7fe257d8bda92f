"""Give every fact of a batch its customer.

One statement gives the facts of known identities their customer, and each identity is looked up once. Only facts
with an identity never seen before are walked one by one, in their order, to say which of them are of the same new
customer; customers and identities are then made in bulk.

A second identity that is unknown goes to the customer of the first. The other way round only where the second is
no anonymous one: a user who appears for the first time on a known device is a customer of their own, and
`merging` decides by the kind of fact whether the device is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from zhiji.flow.resolve.models import ANONYMOUS
from zhiji.kernel.pipeline import Batch

GIVEN = """
    SELECT batch.id, batch.customer_id, batch.identity, batch.also, NULL::bigint, NULL::bigint FROM batch
    WHERE batch.customer_id IS NOT NULL AND batch.identity IS NOT NULL AND batch.also IS NULL
      AND NOT EXISTS (SELECT FROM resolve_identity AS one WHERE one.key = batch.identity)
"""
FOUND = """
    UPDATE batch SET customer_id = resolve_identity.customer_id FROM resolve_identity
    WHERE batch.customer_id IS NULL AND resolve_identity.key = coalesce(batch.identity, batch.also)
"""
UNKNOWN = """
    SELECT batch.id, batch.customer_id, batch.identity, batch.also, one.customer_id, other.customer_id
    FROM batch
    LEFT JOIN resolve_identity AS one ON one.key = batch.identity
    LEFT JOIN resolve_identity AS other ON other.key = batch.also
    WHERE (batch.customer_id IS NULL OR batch.also IS NOT NULL)
      AND ((batch.identity IS NOT NULL AND one.key IS NULL) OR (batch.also IS NOT NULL AND other.key IS NULL))
"""


@dataclass
class _Walk:
    """Who each new identity belongs to; a customer still to be made is a negative number."""

    owners: dict[str, int] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def step(self, customer: int | None, identity: str | None, also: str | None) -> None:
        found = customer or self.owners.get(identity or "")
        if found is None and also is not None and (identity is None or not also.startswith(f"{ANONYMOUS}:")):
            found = self.owners.get(also)
        if found is None:
            self.made += 1
            found = -self.made
        for key in (identity, also):
            if key is not None and key not in self.owners:
                self.owners[key] = self.fresh[key] = found


def identify(batch: Batch) -> None:
    """Fill `batch.customer_id` where it is missing, making customers and identities for those unknown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batch SET identity = 'message:' || message_key WHERE"
            " customer_id IS NULL AND identity IS NULL AND also IS NULL"
        )
        cursor.execute(GIVEN)
        newcomers = cursor.fetchall()
        cursor.execute(FOUND)
        cursor.execute(UNKNOWN)
        newcomers += cursor.fetchall()
        if newcomers:
            _make(cursor, _walk(sorted(newcomers)))
            cursor.execute(FOUND)
        batch.know(cursor, "customer_id")  # what follows joins by it; unknown, it would scan whole tables


def _walk(newcomers: Sequence[tuple[Any, ...]]) -> _Walk:
    walk = _Walk()
    for _, _, identity, also, one, other in newcomers:
        if one is not None:
            walk.owners[identity] = one
        if other is not None:
            walk.owners[also] = other
    for _, customer, identity, also, _, _ in newcomers:
        walk.step(customer, identity, also)
    return walk


def _make(cursor: Any, walk: _Walk) -> None:
    ids: list[int] = []
    if walk.made:
        cursor.execute(
            """
            INSERT INTO resolve_customer (id, root_id)
            SELECT id, id FROM (
                SELECT nextval(pg_get_serial_sequence('resolve_customer', 'id')) AS id FROM generate_series(1, %s)
            ) AS fresh RETURNING id
            """,
            [walk.made],
        )
        ids = [one for (one,) in cursor.fetchall()]
    cursor.execute(
        """
        INSERT INTO resolve_identity (key, customer_id)
        SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT (key) DO NOTHING
        """,
        [list(walk.fresh), [owner if owner > 0 else ids[-owner - 1] for owner in walk.fresh.values()]],
    )
