"""What an order of the tracking protocol says it holds: lines, and the products they name.

What strangers send is cleaned here value by value, so that no figure of theirs can stop the pipeline.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection

from zhiji.flow.collect.files.staging import stage
from zhiji.kernel.values import Refusal, money, number
from zhiji.trade.actions import record_lines

LARGEST = Decimal(10) ** 12 - 1
LINES_EACH = 500
MONEY, QUANTITY = pa.decimal128(14, 2), pa.float64()
LINE = pa.schema(
    {
        "_row": pa.int64(),
        "order": pa.string(),
        "shop": pa.string(),
        "line": pa.string(),
        "product": pa.string(),
        "quantity": QUANTITY,
        "amount": MONEY,
        "discount": MONEY,
    }
)


def keep_lines(told: Iterable[dict[str, Any]]) -> None:
    """Make the lines of these orders, given by their facts' properties, and the products that nobody described yet."""
    lines: list[dict[str, Any]] = []
    products: dict[str, dict[str, Any]] = {}
    for said in told:
        listed = said.get("products")
        for place, item in enumerate(listed[:LINES_EACH] if isinstance(listed, list) else [], start=1):
            code = text(item.get("product_id") or item.get("sku"), 60) if isinstance(item, dict) else ""
            if code:
                products.setdefault(code, {"id": code, "name": text(item.get("name"), 200) or code, **_kind(item)})
                lines.append(_line(said, item, place, code, len(lines)))
    if lines:
        with connection.cursor() as cursor:
            stage(cursor, "absorbed_product", pa.Table.from_pylist(list(products.values())))
            cursor.execute(
                "INSERT INTO commerce_product (external_id, name, category, brand)"
                " SELECT id, name, category, brand FROM absorbed_product ON CONFLICT (external_id) DO NOTHING"
            )
        record_lines(rows=pa.Table.from_pylist(lines, schema=LINE), by=None)


def _kind(item: dict[str, Any]) -> dict[str, str]:
    return {"category": text(item.get("category"), 120), "brand": text(item.get("brand"), 120)}


def _line(said: dict[str, Any], item: dict[str, Any], place: int, code: str, row: int) -> dict[str, Any]:
    quantity = figure(item.get("quantity"))
    quantity = min(quantity, Decimal(10) ** 9 - 1) if quantity is not None else Decimal(1)
    price = figure(item.get("price")) or Decimal(0)
    return {
        "_row": row,
        "order": text(said["order_id"], 80),
        "shop": text(said.get("shop"), 80),
        "line": str(place),
        "product": code,
        "quantity": float(quantity),
        "amount": money.cents(min(max(price * quantity, -LARGEST), LARGEST)),
        "discount": figure(item.get("discount")),
    }


def figure(value: Any) -> Decimal | None:
    """An amount somebody sent, in cents; None when it is none or absurd."""
    found = (
        money.parse(value, expected=settings.CURRENCY)
        if isinstance(value, str)
        else number.of(value, largest=money.LARGEST)
    )
    return None if isinstance(found, Refusal) else money.cents(found)


def text(value: Any, longest: int) -> str:
    """A text somebody sent, without what a column can't hold."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return str(value).replace("\0", "").strip()[:longest]
