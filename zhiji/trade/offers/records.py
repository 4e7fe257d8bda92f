"""What a file may hold of orders and goods."""

import pyarrow as pa
from django.utils.translation import gettext_noop as _

from zhiji.flow.collect.files.record import Origin, Record, Taken
from zhiji.trade import actions
from zhiji.trade.columns import LINE, ORDER, PRODUCTS, STORES


def _orders(rows: pa.Table, origin: Origin) -> Taken:
    return actions.record_orders(rows=rows, origin=origin, by=None)


def _lines(rows: pa.Table, origin: Origin) -> Taken:
    return actions.record_lines(rows=rows, by=None, shop=origin.shop)


def _products(rows: pa.Table, origin: Origin) -> Taken:
    changed = actions.record_products(rows=rows, by=None)
    return Taken(changed, rows.num_rows - changed)


def _stores(rows: pa.Table, origin: Origin) -> Taken:
    changed = actions.record_stores(rows=rows, by=None)
    return Taken(changed, rows.num_rows - changed)


OFFERS = [
    Record("order", _("订单"), ORDER, _orders, position=20),
    Record("order_line", _("订单行"), LINE, _lines, position=30),
    Record("product", _("商品"), PRODUCTS, _products, position=40),
    Record("store", _("门店"), STORES, _stores, position=50),
]
