"""Keep orders of what the tracking protocol tells: an `order_paid` that no desk recorded becomes an order with lines.

What strangers send is cleaned here value by value, so that no figure of theirs can stop the pipeline.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
import pyarrow as pa
from django.db import connection

from zhiji.desks.commerce.actions import record_lines, record_refunds
from zhiji.desks.commerce.actions.catalogue import unknown_stores
from zhiji.desks.commerce.actions.orders import INSERT
from zhiji.flow.collect.files.staging import stage
from zhiji.kernel.pipeline import Batch

UNKNOWN = """
    SELECT DISTINCT ON (left(properties->>'order_id', 80)) customer_id, occurred_at, source_id, properties
    FROM batch
    WHERE name = 'order_paid' AND properties->>'order_id' <> ''
      AND NOT EXISTS (SELECT FROM commerce_order WHERE external_id = left(properties->>'order_id', 80))
    ORDER BY left(properties->>'order_id', 80), id
"""
REFUNDS = "SELECT customer_id, properties FROM batch WHERE name = 'order_refunded' AND properties->>'order_id' <> ''"
ABSORBED = """
    (SELECT * FROM
        unnest(%s::text[], %s::bigint[], %s::timestamptz[], %s::numeric[], %s::numeric[], %s::text[], %s::text[])
        AS told (id, customer_id, placed_at, amount, discount, store, coupon))
"""
LARGEST = Decimal(10) ** 12 - 1
LINES_EACH = 500
MONEY, QUANTITY = pa.decimal128(14, 2), pa.float64()


def absorb(batch: Batch) -> None:
    """Make the orders, lines, stores and products that this batch's facts tell of; note refunds."""
    if "order_paid" in batch.names:
        _absorb_paid()
    if "order_refunded" in batch.names:
        _absorb_refunded()


def _absorb_paid() -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN)
        unknown = [(*row, orjson.loads(said)) for *row, said in cursor.fetchall()]
    by_source: dict[int | None, list[tuple[int, datetime, dict[str, Any]]]] = {}
    for customer, at, source, said in unknown:
        by_source.setdefault(source, []).append((customer, at, said))
    for source, paid in by_source.items():
        _orders(paid, source)
    _lines(said for _, _, _, said in unknown)


def _absorb_refunded() -> None:
    with connection.cursor() as cursor:
        cursor.execute(REFUNDS)
        told = [(customer, orjson.loads(said)) for customer, said in cursor.fetchall()]
    refunds = [(customer, text(said["order_id"], 80), figure(said.get("amount"))) for customer, said in told]
    if refunds:
        record_refunds(refunds=refunds, by=None)


def _orders(paid: list[tuple[int, datetime, dict[str, Any]]], source: int | None) -> None:
    """Make these orders, and the stores that they name; as arrays, for a table per batch costs more than they do."""
    rows = [
        (
            text(said["order_id"], 80),
            customer,
            at,
            figure(said.get("amount")) or Decimal(0),
            figure(said.get("discount")),
            text(said.get("store"), 60) or None,
            text(said.get("coupon"), 60),
        )
        for customer, at, said in paid
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        unknown_stores(cursor, sorted({row[5] for row in rows if row[5]}))
        cursor.execute(INSERT.format(staged=ABSORBED), [source, *columns])


def _lines(told: Iterable[dict[str, Any]]) -> None:
    lines: list[dict[str, Any]] = []
    products: dict[str, dict[str, Any]] = {}
    for said in told:
        listed = said.get("products")
        for number, item in enumerate(listed[:LINES_EACH] if isinstance(listed, list) else [], start=1):
            code = text(item.get("product_id") or item.get("sku"), 60) if isinstance(item, dict) else ""
            if code:
                products.setdefault(code, {"id": code, "name": text(item.get("name"), 200) or code, **_kind(item)})
                lines.append(_line(said, item, number, code, len(lines)))
    if lines:
        with connection.cursor() as cursor:
            stage(cursor, "absorbed_product", pa.Table.from_pylist(list(products.values())))
            cursor.execute(
                "INSERT INTO commerce_product (external_id, name, category, brand)"
                " SELECT id, name, category, brand FROM absorbed_product ON CONFLICT (external_id) DO NOTHING"
            )
        record_lines(rows=pa.Table.from_pylist(lines, schema=LINE), by=None)


LINE = pa.schema(
    {
        "_row": pa.int64(),
        "order": pa.string(),
        "line": pa.string(),
        "product": pa.string(),
        "quantity": QUANTITY,
        "amount": MONEY,
        "discount": MONEY,
    }
)


def _kind(item: dict[str, Any]) -> dict[str, str]:
    return {"category": text(item.get("category"), 120), "brand": text(item.get("brand"), 120)}


def _line(said: dict[str, Any], item: dict[str, Any], number: int, code: str, row: int) -> dict[str, Any]:
    quantity = figure(item.get("quantity"))
    quantity = min(quantity, Decimal(10) ** 9 - 1) if quantity is not None else Decimal(1)
    price = figure(item.get("price")) or Decimal(0)
    return {
        "_row": row,
        "order": text(said["order_id"], 80),
        "line": str(number),
        "product": code,
        "quantity": float(quantity),
        "amount": min(max(price * quantity, -LARGEST), LARGEST).quantize(Decimal("0.01")),
        "discount": figure(item.get("discount")),
    }


def figure(value: Any) -> Decimal | None:
    """A number somebody sent, to two digits; None when it is none or absurd."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not re.fullmatch(r"\s*-?\d+(\.\d*)?([eE]\+?\d{1,2})?\s*", str(value)):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number.quantize(Decimal("0.01")) if abs(number) <= LARGEST else None


def text(value: Any, longest: int) -> str:
    """A text somebody sent, without what a column can't hold."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return str(value).replace("\0", "").strip()[:longest]
