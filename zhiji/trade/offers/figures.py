"""What an order holds, what products and stores sold."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.figure import Figure
from zhiji.trade import queries


def _order(part: str) -> Callable[[datetime, str], Any]:
    return lambda as_of, of: getattr(queries.held([int(of)])[int(of)], part)


def _product(part: str) -> Callable[[datetime, str], Any]:
    return lambda as_of, of: getattr(queries.sold([int(of)]).get(int(of), queries.Sold()), part)


def _store(part: str) -> Callable[[datetime, str], Any]:
    return lambda as_of, of: getattr(queries.store_figures(as_of, [int(of)]).get(int(of), queries.Taken()), part)


ORDER, PRODUCT, STORE = _("订单"), _("商品"), _("门店")
OFFERS = (
    Figure("order_items", _("件数"), _("订单里各行数量之和；按重量卖的一行算一件"), _order("items"), about=ORDER),
    Figure("order_kinds", _("种数"), _("订单里不同商品的个数"), _order("kinds"), about=ORDER),
    Figure("product_sold_times", _("卖出次数"), _("含有这件商品、已付款的订单行数"), _product("lines"), about=PRODUCT),
    Figure("product_sold_quantity", _("卖出数量"), _("已付款的订单里的数量之和"), _product("quantity"), about=PRODUCT),
    Figure(
        "product_revenue",
        _("卖出金额"),
        _("已付款的订单里这件商品的金额，退款之前"),
        _product("amount"),
        "money",
        PRODUCT,
    ),
    Figure("store_orders_30d", _("门店订单"), _("近 30 天在这家门店支付的订单"), _store("orders"), about=STORE),
    Figure("store_buyers_30d", _("门店客户"), _("近 30 天在这家门店支付过的客户"), _store("buyers"), about=STORE),
    Figure(
        "store_revenue_30d",
        _("门店营收"),
        _("近 30 天在这家门店支付的金额，减去这 30 天里的退款"),
        _store("revenue"),
        "money",
        STORE,
    ),
)
