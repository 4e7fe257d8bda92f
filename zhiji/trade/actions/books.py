"""Read the orders of some numbers, and write them back. Who writes orders has kept the pipeline's other half out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from zhiji.kernel.facts import NewFact, key_of
from zhiji.trade.actions.standing import Book, Early, Kept

NEW = """COPY commerce_order (external_id, shop, customer_id, store_id, state, placed_at, paid_at, amount, discount,
    refunded, coupon_code, source_id) FROM STDIN"""
CHANGED = """
    UPDATE commerce_order AS kept SET store_id = told.store_id, state = told.state, placed_at = told.placed_at,
        paid_at = told.paid_at, amount = told.amount, discount = told.discount, refunded = told.refunded,
        coupon_code = told.coupon
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::numeric[],
        %s::numeric[], %s::numeric[], %s::text[])
        AS told (id, store_id, state, placed_at, paid_at, amount, discount, refunded, coupon)
    WHERE kept.id = told.id
"""
EARLY = """
    SELECT told.id, told.external_id, told.shop, owner.root_id, told.amount, told.at
    FROM commerce_refund AS told JOIN resolve_customer AS owner ON owner.id = told.customer_id
    WHERE told.order_id IS NULL AND told.external_id = ANY(%s) ORDER BY told.id
"""
Back = tuple[Kept, Decimal, datetime, UUID]
"""A refund of a kept order: how much, when, and the key of its fact."""


def opened(cursor: Any, numbers: Iterable[str]) -> Book:
    """The orders of these numbers, of whatever shop, and the refunds that wait for one."""
    asked = sorted(set(numbers))
    cursor.execute(
        """
        SELECT kept.external_id, kept.shop, kept.customer_id, owner.root_id, kept.placed_at, kept.paid_at, kept.amount,
               kept.refunded, kept.state, kept.discount, kept.store_id, kept.coupon_code,
               kept.source_id, kept.id
        FROM commerce_order AS kept JOIN resolve_customer AS owner ON owner.id = kept.customer_id
        WHERE kept.external_id = ANY(%s) ORDER BY kept.id
        """,
        [asked],
    )
    book = Book()
    for row in cursor.fetchall():
        book.add(Kept(*row))
    cursor.execute(EARLY, [asked])
    for row in cursor.fetchall():
        book.early.setdefault(row[1], []).append(Early(*row))
    return book


def came_true(cursor: Any, book: Book, kept: Kept) -> tuple[list[NewFact], list[Back]]:
    """The refunds that waited for an order that is paid now, as facts of what they give back."""
    facts: list[NewFact] = []
    refunds: list[Back] = []
    for one, amount in book.claimed(kept):
        cursor.execute("DELETE FROM commerce_refund WHERE id = %s", [one.id])
        fact = refunded(kept, amount, one.at, "commerce", f"waited:{one.id}")
        facts.append(fact)
        refunds.append((kept, amount, one.at, key_of(fact)))
    return facts, refunds


def refunded(kept: Kept, amount: Decimal, at: datetime, scope: str, key: str) -> NewFact:
    """The fact that so much was given back of an order."""
    shop = {"shop": kept.shop} if kept.shop else {}
    return NewFact(
        name="order_refunded",
        occurred_at=at,
        scope=scope,
        key=key,
        properties={"order_id": kept.number, **shop, "amount": float(amount)},
        customer_id=kept.customer_id,
        source_id=kept.source_id,
    )


def written(cursor: Any, book: Book) -> None:
    """Write what is new and what changed."""
    new = [one for one in book.orders.values() if one.id is None]
    if new:
        with cursor.copy(NEW) as copy:
            for one in new:
                copy.write_row(
                    (one.number, one.shop, one.customer_id, one.store_id, one.state, one.placed_at, one.paid_at,
                     one.amount, one.discount, one.refunded, one.coupon, one.source_id)
                )  # fmt: skip
    changed = [
        (one.id, one.store_id, one.state, one.placed_at, one.paid_at, one.amount, one.discount, one.refunded,
         one.coupon)
        for one in book.orders.values() if one.id is not None and one.changed
    ]  # fmt: skip
    if changed:
        cursor.execute(CHANGED, [list(column) for column in zip(*changed, strict=True)])


def given_back(cursor: Any, refunds: Sequence[Back]) -> None:
    """Keep refunds of orders that are written."""
    if not refunds:
        return
    cursor.execute(
        """
        INSERT INTO commerce_refund (order_id, external_id, shop, customer_id, amount, at, message_key)
        SELECT kept.id, kept.external_id, kept.shop, kept.customer_id, told.amount, told.at, told.message_key
        FROM unnest(%s::text[], %s::text[], %s::numeric[], %s::timestamptz[], %s::uuid[])
            AS told (number, shop, amount, at, message_key)
        JOIN commerce_order AS kept ON kept.external_id = told.number AND kept.shop = told.shop
        ON CONFLICT (message_key) DO NOTHING
        """,
        [
            [one.number for one, *_ in refunds],
            [one.shop for one, *_ in refunds],
            [amount for _, amount, _, _ in refunds],
            [at for _, _, at, _ in refunds],
            [key for *_, key in refunds],
        ],
    )
