"""What happens to coupons."""

from django.utils.translation import gettext_noop as _

from zhiji.kernel.facts import FactType, Property

OFFERS = (
    FactType(
        "coupon_issued",
        _("发放优惠券"),
        "ticket",
        (
            Property("coupon", "text", _("券码")),
            Property("offer", "text", _("优惠券"), column=True),
            Property("value", "money", _("面值"), column=True),
            Property("expires_at", "time", _("有效期至")),
        ),
    ),
    FactType(
        "coupon_redeemed",
        _("使用优惠券"),
        "ticket",
        (
            Property("coupon", "text", _("券码")),
            Property("offer", "text", _("优惠券"), column=True),
            Property("value", "money", _("面值"), column=True),
            Property("order_id", "text", _("订单号")),
        ),
        internal=False,
    ),
    FactType(
        "coupon_expired",
        _("优惠券过期"),
        "ticket",
        (Property("coupon", "text", _("券码")), Property("offer", "text", _("优惠券"))),
        "source",
    ),
)
