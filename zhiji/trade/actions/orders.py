"""Orders of files: a row each, and in the same transaction the facts that it was paid and what was given back."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.files.checking import split
from zhiji.flow.collect.files.record import Origin, Refusal, Taken
from zhiji.flow.resolve.actions import customers_for
from zhiji.kernel.clock import day_of
from zhiji.kernel.facts import NewFact, key_of, record
from zhiji.trade.actions import books
from zhiji.trade.actions.catalogue import called_stores, unknown_stores
from zhiji.trade.actions.standing import Difference, Kept, Told
from zhiji.trade.models import Order


@dataclass
class _Sheet:
    """What comes of the rows of a file: facts, refunds, refusals, how many rows said something new."""

    origin: Origin
    facts: list[NewFact] = field(default_factory=list)
    refunds: list[books.Back] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    taken: int = 0


@transaction.atomic
def record_orders(*, rows: pa.Table, origin: Origin, by: User | None) -> Taken:
    """Take what a file says of orders: those that aren't here, and what has become of those that are.

    An order that is paid records an `order_paid` fact, what is given back an `order_refunded`, a new one that waits or
    was closed an `order_updated`: by a fact its customer is met. Of an order that is
    here already a row may tell that it was paid, closed or given back meanwhile; one that says another customer, time
    or amount is another order under the same number, and refused. The customer is `<origin.namespace>:<customer>`,
    made where unknown; the shop that of the row, else of the file (see Origin).
    """
    require(by, "sources:write")
    found = rows.to_pylist()
    identities = [origin.identity(row["customer"]) for row in found]
    customers = customers_for(identities=identities, by=by)
    sheet = _Sheet(origin)
    with connection.cursor() as cursor:
        unknown_stores(cursor, sorted({_store(row) for row in found} - {""}))
        stores = called_stores(cursor)
        roots = _roots(cursor, customers.values())
        book = books.opened(cursor, (row["id"] for row in found))
        for row, identity in zip(found, identities, strict=True):
            told = _told(row, customers[identity], roots, origin, stores)
            reason = _refusal(row, told, book.find(told))
            if reason:
                sheet.refused.append(Refusal(row["_row"], *reason))
                continue
            outcome = book.tell(told)
            sheet.taken += not outcome.known
            if outcome.paid:
                sheet.facts.append(_paid(row, outcome.kept, identity, origin, stores))
                facts, refunds = books.came_true(cursor, book, outcome.kept)
                sheet.facts += facts
                sheet.refunds += refunds
            elif outcome.new:
                sheet.facts.append(_told_of(outcome.kept, identity, origin))
            if outcome.back:
                _gave_back(sheet, outcome.kept, outcome.back, told)
        books.written(cursor, book)
        books.given_back(cursor, sheet.refunds)
    record(sheet.facts)
    return Taken(sheet.taken, len(found) - sheet.taken - len(sheet.refused), sheet.refused)


def _told(
    row: dict[str, Any], customer: int, roots: dict[int, int], origin: Origin, stores: dict[str, tuple[int, str]]
) -> Told:
    store = stores.get(_store(row))
    return Told(
        number=row["id"],
        shop=row["shop"] or origin.shop,
        customer_id=customer,
        root=roots[customer],
        placed_at=row["placed_at"],
        amount=row["amount"],
        state=row["status"] or Order.State.PAID,
        paid_at=row["paid_at"],
        refunded=row["refunded"],
        refunded_at=row["refunded_at"],
        discount=row["discount"],
        store_id=store[0] if store else None,
        coupon=row["coupon"] or "",
        source_id=origin.source_id,
    )


def _store(row: dict[str, Any]) -> str:
    """Where it was sold: a shop that names no store is one."""
    return str(row["store"] or (row["shop"] or "")[:60])


def _refusal(row: dict[str, Any], told: Told, kept: Kept | None) -> tuple[str, str] | None:
    """The field and the reason why a row can't be taken."""
    if told.state == Order.State.PART_REFUNDED and told.refunded is None:
        return "refunded", _("部分退款的订单要说明退了多少：请对应“已退金额”列")
    if kept and (what := kept.differs(told)):
        return "id", _another(told, kept, what, bool(row["shop"]))
    return None


def _another(told: Told, kept: Kept, what: Difference, shop_told: bool) -> str:
    said = {
        "number": told.number,
        "what": what.label,
        "day": day_of(kept.placed_at),
        "amount": f"{kept.amount:,.2f}",
    }
    if shop_told:
        return (
            _(
                "这家店的订单号 %(number)s 已有另一笔，%(what)s不同（那一笔 %(day)s，%(amount)s）；"
                "请核对这一行的订单号和店铺"
            )
            % said
        )
    return (
        _(
            "订单号 %(number)s 已有另一笔，%(what)s不同（那一笔 %(day)s，%(amount)s）；"
            "如果是另一家店的，请对应“店铺”列并填上店铺，或换一个命名空间"
        )
        % said
    )


def _roots(cursor: Any, customers: Any) -> dict[int, int]:
    cursor.execute("SELECT id, root_id FROM resolve_customer WHERE id = ANY(%s)", [sorted(set(customers))])
    return dict(cursor.fetchall())


def _paid(
    row: dict[str, Any], kept: Kept, identity: str, origin: Origin, stores: dict[str, tuple[int, str]]
) -> NewFact:
    store = stores.get(_store(row))
    properties = {
        "order_id": kept.number,
        "shop": kept.shop,
        "amount": float(kept.amount),
        "discount": float(kept.discount),
        "category": row["category"],
        "categories": split(row["categories"]) or ([row["category"]] if row["category"] else []),
        "store": store[1] if store else row["store"],
        "coupon": row["coupon"],
        "items": row["items"],
    }
    return NewFact(
        name="order_paid",
        occurred_at=kept.paid_at or kept.placed_at,
        scope=origin.scope("order"),
        key=f"{kept.shop}\0{kept.number}",
        properties={name: value for name, value in properties.items() if value not in (None, "", [])},
        customer_id=kept.customer_id,
        identity=identity,
        source_id=origin.source_id,
    )


def _told_of(kept: Kept, identity: str, origin: Origin) -> NewFact:
    """That an order which isn't paid is here; it tells no status, as the row already did."""
    return NewFact(
        name="order_updated",
        occurred_at=kept.placed_at,
        scope=origin.scope("order"),
        key=f"{kept.shop}\0{kept.number}\0unpaid",
        properties={"order_id": kept.number} | ({"shop": kept.shop} if kept.shop else {}),
        customer_id=kept.customer_id,
        identity=identity,
        source_id=origin.source_id,
    )


def _gave_back(sheet: _Sheet, kept: Kept, amount: Decimal, told: Told) -> None:
    """Note a refund and its fact; without a moment of its own it counts when the order was paid."""
    at: datetime = told.refunded_at or kept.paid_at or kept.placed_at
    scope, key = sheet.origin.scope("refund"), f"{kept.shop}\0{kept.number}\0{kept.refunded}"
    fact = books.refunded(kept, amount, at, scope, key)
    sheet.facts.append(fact)
    sheet.refunds.append((kept, amount, at, key_of(fact)))
