"""An order that names a coupon redeems it: once, by its own customer, while it is good."""

from django.db import connection

from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import Batch

REDEEM = """
    WITH used AS (
        SELECT DISTINCT ON (upper(b.properties->>'coupon'))
               upper(b.properties->>'coupon') AS code, c.root_id, b.occurred_at, b.customer_id,
               coalesce(b.properties->>'order_id', '') AS order_id
        FROM batch b JOIN resolve_customer c ON c.id = b.customer_id
        JOIN loyalty_coupon mine ON mine.code = upper(b.properties->>'coupon')
        JOIN resolve_customer holder ON holder.id = mine.customer_id AND holder.root_id = c.root_id
        WHERE b.name = 'order_paid' AND coalesce(b.properties->>'coupon', '') <> ''
          AND mine.redeemed_at IS NULL AND b.occurred_at <= mine.expires_at
        ORDER BY upper(b.properties->>'coupon'), b.occurred_at, b.fact_id
    )
    UPDATE loyalty_coupon coupon SET redeemed_at = used.occurred_at, redeemed_order = used.order_id
    FROM used, loyalty_couponoffer offer
    WHERE coupon.code = used.code AND coupon.redeemed_at IS NULL AND offer.id = coupon.offer_id
    RETURNING coupon.id, coupon.code, offer.key, offer.value, used.customer_id, used.occurred_at, used.order_id
"""


def run(batch: Batch) -> None:
    """The ABSORB stage: mark what the batch's orders used, and record it as a fact of each customer."""
    if "order_paid" not in batch.names:
        return
    with connection.cursor() as cursor:
        cursor.execute(REDEEM)
        rows = cursor.fetchall()
    if not rows:
        return
    record(
        NewFact(
            "coupon_redeemed",
            at,
            "loyalty",
            f"redeemed:{coupon_id}",
            {"coupon": code, "offer": offer, "value": value, "order_id": order_id},
            customer_id=customer_id,
        )
        for coupon_id, code, offer, value, customer_id, at, order_id in rows
    )
