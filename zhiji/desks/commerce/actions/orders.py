"""Orders: a row each, and the fact that it was paid, in one transaction."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.desks.commerce.actions.catalogue import unknown_stores
from zhiji.flow.collect.files.checking import split
from zhiji.flow.collect.files.record import Origin
from zhiji.flow.collect.files.staging import stage
from zhiji.flow.resolve.actions import customers_for
from zhiji.kernel.facts import NewFact, record

INSERT = """
    WITH called AS (
        SELECT DISTINCT ON (key) key, id
        FROM (SELECT external_id AS key, id, 0 AS rank FROM commerce_store
              UNION ALL SELECT name, id, 1 FROM commerce_store) AS keys
        ORDER BY key, rank, id
    )
    INSERT INTO commerce_order
        (external_id, customer_id, store_id, placed_at, amount, discount, coupon_code, source_id)
    SELECT staged.id, staged.customer_id, called.id, staged.placed_at, staged.amount,
           coalesce(staged.discount, 0), coalesce(staged.coupon, ''), %s
    FROM {staged} AS staged LEFT JOIN called ON called.key = staged.store
    ON CONFLICT (external_id) DO NOTHING
    RETURNING external_id
"""


@transaction.atomic
def record_orders(*, rows: pa.Table, origin: Origin, by: User | None) -> int:
    """Take orders that aren't here yet and record an `order_paid` fact of each. Returns how many were new.

    Columns: id, customer, placed_at, amount, discount, store, coupon, category, categories (one text), items;
    the customer is `<origin.namespace>:<customer>`, made where unknown.
    """
    require(by, "sources:write")
    identities = [f"{origin.namespace}:{value}" for value in rows["customer"].to_pylist()]
    customers = customers_for(identities=identities, by=by)
    owned = rows.append_column("customer_id", pa.array([customers[one] for one in identities], pa.int64()))
    with connection.cursor() as cursor:
        stage(cursor, "staged_order", owned)
        unknown_stores(cursor, owned["store"].unique().drop_null().to_pylist())
        cursor.execute(INSERT.format(staged="staged_order"), [origin.source_id])
        new = {external_id for (external_id,) in cursor.fetchall()}
        cursor.execute("SELECT external_id, name FROM commerce_store")
        stores = dict(cursor.fetchall())
    facts: dict[str, NewFact] = {}
    for row in owned.to_pylist():
        if row["id"] in new and row["id"] not in facts:
            facts[row["id"]] = _paid(row, origin, stores)
    record(facts.values())
    return len(new)


def _paid(row: dict[str, Any], origin: Origin, stores: dict[str, str]) -> NewFact:
    properties = {
        "order_id": row["id"],
        "amount": float(row["amount"]),
        "discount": float(row["discount"] or 0),
        "category": row["category"],
        "categories": split(row["categories"]) or ([row["category"]] if row["category"] else []),
        "store": stores.get(row["store"], row["store"]),
        "coupon": row["coupon"],
        "items": row["items"],
    }
    return NewFact(
        name="order_paid",
        occurred_at=row["placed_at"],
        scope=origin.scope("order"),
        key=row["id"],
        properties={name: value for name, value in properties.items() if value not in (None, [])},
        customer_id=row["customer_id"],
        identity=f"{origin.namespace}:{row['customer']}",
        source_id=origin.source_id,
    )


def record_refunds(*, refunds: Sequence[tuple[int, str, Decimal | None]], by: User | None) -> int:
    """Note what was given back: (customer, order, amount or None for all of it). Returns how many orders it was.

    An order of another customer is left alone. Called once per refund, in the transaction that logs its fact.
    """
    require(by, "sources:write")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH given AS (
                SELECT customer_id, external_id, sum(amount) AS amount, bool_or(amount IS NULL) AS whole
                FROM unnest(%s::bigint[], %s::text[], %s::numeric[]) AS back (customer_id, external_id, amount)
                GROUP BY customer_id, external_id
            )
            UPDATE commerce_order AS paid SET refunded = CASE WHEN given.whole THEN paid.amount
                ELSE least(paid.amount, paid.refunded + given.amount) END
            FROM given, resolve_customer AS payer, resolve_customer AS taker
            WHERE paid.external_id = given.external_id AND payer.id = paid.customer_id
              AND taker.id = given.customer_id AND taker.root_id = payer.root_id
            """,
            [list(column) for column in zip(*refunds, strict=True)] if refunds else [[], [], []],
        )
        return int(cursor.rowcount)
