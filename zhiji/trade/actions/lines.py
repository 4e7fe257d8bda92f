"""The lines of orders."""

from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.collect.files.record import Refusal, Taken
from zhiji.flow.collect.files.staging import stage

MEANT = """
    DROP TABLE IF EXISTS pg_temp.meant_order;
    CREATE TEMP TABLE meant_order ON COMMIT DROP AS
    SELECT told."order", told.shop, coalesce(exact.id, alone.id) AS order_id, coalesce(alone.orders, 0) AS orders
    FROM (SELECT DISTINCT "order", coalesce(shop, '') AS shop FROM staged_line) AS told
    LEFT JOIN commerce_order AS exact
        ON exact.external_id = told."order" AND exact.shop = coalesce(nullif(told.shop, ''), %s)
    LEFT JOIN LATERAL (
        SELECT CASE WHEN count(*) = 1 THEN min(id) END AS id, count(*) AS orders
        FROM commerce_order WHERE external_id = told."order" AND (told.shop = '' OR shop = '')
    ) AS alone ON exact.id IS NULL;
    ANALYZE meant_order
"""
"""Which order is meant: of this number and shop; where the row names no shop, or the order none, the only one."""
JOINED = """
    SELECT staged_line._row, meant.order_id, meant.orders, coalesce(staged_line.line, staged_line.product) AS key,
           commerce_product.id AS product_id, round(coalesce(quantity, 1)::numeric, 3) AS quantity,
           staged_line.amount, coalesce(staged_line.discount, 0) AS discount
    FROM staged_line
    JOIN commerce_product ON commerce_product.external_id = staged_line.product
    JOIN meant_order AS meant
        ON meant."order" = staged_line."order" AND meant.shop = coalesce(staged_line.shop, '')
"""


@transaction.atomic
def record_lines(*, rows: pa.Table, by: User | None, shop: str = "") -> Taken:
    """Add lines to orders that are here, once each; products nobody has described yet are made.

    Columns: _row, order, shop (null: `shop`, or the only order of that number), line (null: the product tells lines
    apart), product, quantity, amount, discount. A line of an unknown order is refused, and so is one that says other
    figures than the line that is here.
    """
    require(by, "sources:write")
    with connection.cursor() as cursor:
        stage(cursor, "staged_line", rows)
        cursor.execute(
            """
            INSERT INTO commerce_product (external_id, name)
            SELECT DISTINCT product, product FROM staged_line
            WHERE NOT EXISTS (SELECT FROM commerce_product WHERE external_id = product)
            ON CONFLICT (external_id) DO NOTHING
            """
        )
        cursor.execute(MEANT, [shop])
        cursor.execute(
            f"""
            INSERT INTO commerce_orderline (order_id, key, product_id, quantity, amount, discount)
            SELECT order_id, key, product_id, quantity, amount, discount FROM ({JOINED}) AS joined
            WHERE order_id IS NOT NULL ORDER BY _row
            ON CONFLICT (order_id, key) DO NOTHING
            """
        )
        taken = int(cursor.rowcount)
        refused = _refused(cursor) if taken < rows.num_rows else []
    return Taken(taken, rows.num_rows - taken - len(refused), refused)


def _refused(cursor: Any) -> list[Refusal]:
    cursor.execute(
        f"""
        SELECT joined._row, joined.order_id IS NULL, joined.orders
        FROM ({JOINED}) AS joined LEFT JOIN commerce_orderline AS here USING (order_id, key)
        WHERE joined.order_id IS NULL
           OR (here.product_id, here.quantity, here.amount, here.discount)
              IS DISTINCT FROM (joined.product_id, joined.quantity, joined.amount, joined.discount)
        ORDER BY 1
        """
    )
    return [Refusal(row, *_reason(unknown, orders)) for row, unknown, orders in cursor.fetchall()]


def _reason(unknown: bool, orders: int) -> tuple[str, str]:
    if unknown and orders > 1:
        return "shop", _("%(count)s 家店都有这个订单号，请对应“店铺”列") % {"count": orders}
    if unknown:
        return "order", _("没有这个订单，请先导入订单")
    return "line", _("这个订单已有同号的行，内容不同；请对应“行号”列")
