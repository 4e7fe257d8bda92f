from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from zhiji.kernel.facts import FactType, Property
from zhiji.trade.models import Order
from zhiji.trade.statuses import meant

_ORDER = (
    Property("order_id", "text", _("订单号"), required=True, means="identifier"),
    Property("shop", "text", _("店铺")),
)


def _really(properties: Mapping[str, Any]) -> str:
    """A completed order that says it isn't paid is an update; a word that nobody knows says nothing."""
    state = meant(properties.get("status", ""))
    return "order_updated" if state in (Order.State.UNPAID, Order.State.CLOSED) else "order_paid"


OFFERS = [
    FactType(
        "order_paid",
        _("支付订单"),
        "shopping-cart",
        (
            Property("amount", "money", _("金额"), column=True, required=True, means="sum"),
            Property("category", "text", _("主要品类"), column=True),
            Property("store", "text", _("门店"), column=True),
            Property("coupon", "text", _("优惠券"), column=True, means="coupon"),
            Property("order_id", "text", _("订单号"), required=True, means="identifier"),
            Property("shop", "text", _("店铺")),
            Property("categories", "list", _("全部品类")),
            Property("items", "number", _("件数")),
            Property("discount", "money", _("优惠金额"), means="sum"),
        ),
        reporter="source",
        internal=False,
        once_by=("order_id", "shop"),
        lessened_by="order_refunded",
        really=_really,
    ),
    FactType(
        "order_refunded",
        _("订单退款"),
        "receipt-refund",
        (
            Property("amount", "money", _("退款金额"), column=True, means="sum"),
            *_ORDER,
            Property("told", "money", _("来源所说的金额")),
        ),
        "source",
        internal=False,
    ),
    FactType("order_cancelled", _("取消订单"), "shopping-cart", _ORDER, "source", internal=False),
    FactType(
        "order_updated",
        _("更新订单"),
        "shopping-cart",
        (*_ORDER, Property("status", "text", _("状态"))),
        "source",
        internal=False,
    ),
    FactType(
        "campaign_received",
        _("收到营销活动"),
        "gift",
        (Property("campaign", "text", _("活动")), Property("type", "text", _("活动类型"))),
    ),
]
