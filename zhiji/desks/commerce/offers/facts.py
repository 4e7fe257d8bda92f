from django.utils.translation import gettext_noop as _

from zhiji.kernel.facts import FactType, Property

OFFERS = [
    FactType(
        "order_paid",
        _("支付订单"),
        (
            Property("amount", "money", _("金额"), column=True),
            Property("category", "text", _("主要品类"), column=True),
            Property("store", "text", _("门店"), column=True),
            Property("coupon", "text", _("优惠券"), column=True),
            Property("order_id", "text", _("订单号")),
            Property("categories", "list", _("全部品类")),
            Property("items", "number", _("件数")),
            Property("discount", "money", _("优惠金额")),
        ),
        once_by="order_id",
    ),
    FactType(
        "order_refunded",
        _("订单退款"),
        (Property("amount", "money", _("退款金额"), column=True), Property("order_id", "text", _("订单号"))),
    ),
    FactType(
        "campaign_received",
        _("收到营销活动"),
        (Property("campaign", "text", _("活动")), Property("type", "text", _("活动类型"))),
    ),
]
