"""Keep orders of what facts tell, before they are logged: who paid, what was cancelled, what was given back.

An `order_paid` that no desk recorded becomes an order with lines. A refund's `amount` becomes what it really lowers its
order by, and is taken off while the order isn't here: then the sum of all facts is the sum of all orders.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from psycopg.types.json import Jsonb

from zhiji.kernel.facts import NewFact, key_of
from zhiji.kernel.pipeline import Batch
from zhiji.trade.actions import books
from zhiji.trade.actions.catalogue import called_stores, unknown_stores
from zhiji.trade.actions.standing import Book, Kept, Outcome, Told
from zhiji.trade.goods import figure, keep_lines, text
from zhiji.trade.models import Order
from zhiji.trade.statuses import meant

State = Order.State
PAYING = (State.PAID, State.REFUNDED, State.PART_REFUNDED)
TOLD = """
    SELECT told.fact_id, told.message_key, told.name, told.customer_id, owner.root_id, told.occurred_at, told.source_id,
           told.properties
    FROM batch AS told JOIN resolve_customer AS owner ON owner.id = told.customer_id
    WHERE told.name = ANY(%s) AND told.properties->>'order_id' <> ''
      AND NOT (told.name = 'order_paid' AND EXISTS (
          SELECT FROM commerce_order WHERE external_id = left(told.properties->>'order_id', 80)
          AND shop = left(coalesce(told.properties->>'shop', ''), 80) AND paid_at IS NOT NULL))
      AND NOT (told.name = 'order_refunded' AND EXISTS (
          SELECT FROM commerce_refund WHERE message_key = told.message_key))
    ORDER BY told.id
"""
"""What a desk hasn't done yet: the facts of its own actions come by here, too."""


@dataclass(frozen=True)
class Said:
    """A fact about an order, as it lies in the batch."""

    fact_id: int
    key: UUID
    name: str
    customer_id: int
    root: int
    at: datetime
    source_id: int | None
    properties: dict[str, Any]

    @property
    def number(self) -> str:
        return text(self.properties["order_id"], 80)

    @property
    def shop(self) -> str:
        return text(self.properties.get("shop"), 80)


@dataclass
class _Hand:
    """What a batch comes to: the orders it is about, facts found out, refunds, what becomes of facts' properties."""

    cursor: Any
    book: Book
    stores: dict[str, tuple[int, str]]
    facts: list[NewFact] = field(default_factory=list)
    refunds: list[books.Back] = field(default_factory=list)
    waiting: list[tuple[Said, Decimal | None]] = field(default_factory=list)
    edited: dict[int, dict[str, Any]] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    lined: list[dict[str, Any]] = field(default_factory=list)


def absorb(batch: Batch) -> None:
    """Make or change the orders, lines, stores and products that this batch's facts tell of."""
    if batch.names.isdisjoint(_TAKE):
        return
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [list(_TAKE)])
        said = [one for one in map(_read, cursor.fetchall()) if one.number]
        if not said:
            return
        named = {store for one in said if (store := _store(one))}
        unknown_stores(cursor, sorted(named))
        book = books.opened(cursor, (one.number for one in said))
        hand = _Hand(cursor, book, called_stores(cursor) if named else {})
        for one in sorted(said, key=lambda one: one.name != "order_paid"):
            _TAKE[one.name](hand, one)
        _written(hand, batch)
    keep_lines(hand.lined)


def _read(row: tuple[Any, ...]) -> Said:
    return Said(*row[:7], **{"properties": orjson.loads(row[7])})


def _paid(hand: _Hand, said: Said) -> None:
    """Take in an order that is paid, or was and is given back by now."""
    state = meant(said.properties.get("status", ""))
    told = _told(hand, said, state if state in PAYING else State.PAID)
    kept = hand.book.find(told)
    if kept is not None and kept.paid_at is not None and kept.shop != told.shop:
        hand.dropped.append(said.fact_id)  # told by a door that names its shop: this fact is logged already
    elif kept is None or (kept.paid_at is None and kept.root == told.root):
        _take(hand, said, told)


def _take(hand: _Hand, said: Said, told: Told) -> Outcome:
    """Take in what is told of an order that isn't paid here yet, and what follows from it."""
    outcome = hand.book.tell(told)
    if outcome.new:
        hand.lined.append(said.properties)
    if outcome.paid:
        facts, refunds = books.came_true(hand.cursor, hand.book, outcome.kept)
        hand.facts += facts
        hand.refunds += refunds
    if outcome.back:
        _found_out(hand, outcome.kept, outcome.back, said)
    return outcome


def _told(hand: _Hand, said: Said, state: str) -> Told:
    store = hand.stores.get(_store(said))
    return Told(
        number=said.number,
        shop=said.shop,
        customer_id=said.customer_id,
        root=said.root,
        placed_at=said.at,
        amount=figure(said.properties.get("amount")) or Decimal(0),
        state=state,
        refunded=figure(said.properties.get("refunded")) or (Decimal(0) if state == State.PART_REFUNDED else None),
        discount=figure(said.properties.get("discount")),
        store_id=store[0] if store else None,
        coupon=text(said.properties.get("coupon"), 60),
        source_id=said.source_id,
    )


def _store(said: Said) -> str:
    """Where it was sold: a shop that names no store is one."""
    return text(said.properties.get("store"), 60) or said.shop[:60]


def _refunded(hand: _Hand, said: Said) -> None:
    """Lower the order by what was given back, all of what is left where the fact says no amount."""
    amount = figure(said.properties.get("amount"))
    kept = hand.book.of(said.number, said.shop, said.root)
    if kept is None or kept.paid_at is None:
        hand.waiting.append((said, amount))
        hand.edited[said.fact_id] = _lowered(said, None)
        return
    given = kept.give_back(kept.amount if amount is None else amount)
    hand.refunds.append((kept, given, said.at, said.key))
    if given != amount:
        hand.edited[said.fact_id] = _lowered(said, given)


def _lowered(said: Said, amount: Decimal | None) -> dict[str, Any]:
    """The properties with the amount that counts; what the sender said stays as `told`."""
    rest = {name: value for name, value in said.properties.items() if name != "amount"}
    before = said.properties.get("amount")
    kept = {} if before is None else {"told": before}
    return rest | kept | ({} if amount is None else {"amount": float(amount)})


def _cancelled(hand: _Hand, said: Said) -> None:
    """Close an order that wasn't paid; of one that was, all that is left is given back."""
    kept = hand.book.of(said.number, said.shop, said.root)
    if kept is None:
        hand.waiting.append((said, None))
    elif kept.paid_at is None:
        kept.state, kept.changed = State.CLOSED.value, True
    elif given := kept.give_back(kept.amount):
        _found_out(hand, kept, given, said)


def _updated(hand: _Hand, said: Said) -> None:
    """An order's new status, where it names one that is known; what was paid stays what was paid."""
    state = meant(said.properties.get("status", ""))
    kept = hand.book.of(said.number, said.shop, said.root)
    if state in (State.CLOSED, State.REFUNDED) and kept is not None:
        _cancelled(hand, said)
    elif state and (kept is None or kept.paid_at is None):
        told = _told(hand, said, state)
        if kept is not None and figure(said.properties.get("amount")) is None:
            told.amount = kept.amount
        if hand.book.find(told) is kept and _take(hand, said, told).paid:
            hand.facts.append(_paid_fact(said, told))


def _paid_fact(said: Said, told: Told) -> NewFact:
    """The payment that an update tells of."""
    properties = {name: value for name, value in said.properties.items() if name != "status"}
    return NewFact(
        name="order_paid",
        occurred_at=said.at,
        scope="commerce",
        key=f"implied:{said.key}",
        properties=properties | {"amount": float(told.amount)},
        customer_id=said.customer_id,
        source_id=said.source_id,
    )


def _found_out(hand: _Hand, kept: Kept, amount: Decimal, said: Said) -> None:
    """A refund that another fact implies."""
    fact = books.refunded(kept, amount, said.at, "commerce", f"implied:{said.key}")
    hand.facts.append(fact)
    hand.refunds.append((kept, amount, said.at, key_of(fact)))


_TAKE: dict[str, Callable[[_Hand, Said], None]] = {
    "order_paid": _paid,
    "order_refunded": _refunded,
    "order_cancelled": _cancelled,
    "order_updated": _updated,
}


def _written(hand: _Hand, batch: Batch) -> None:
    books.written(hand.cursor, hand.book)
    books.given_back(hand.cursor, hand.refunds)
    hand.cursor.executemany(
        "INSERT INTO commerce_refund (external_id, shop, customer_id, amount, at, message_key)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (message_key) DO NOTHING",
        [(said.number, said.shop, said.customer_id, amount, said.at, said.key) for said, amount in hand.waiting],
    )
    hand.cursor.executemany(
        "UPDATE batch SET properties = %s WHERE fact_id = %s",
        [(Jsonb(properties), fact_id) for fact_id, properties in hand.edited.items()],
    )
    if hand.dropped:
        hand.cursor.execute("DELETE FROM batch WHERE fact_id = ANY(%s)", [hand.dropped])
    if hand.facts:
        batch.add(hand.facts)
