from django.utils.translation import pgettext_lazy

from zhiji.access.words import AuditWords

OFFERS = (
    AuditWords(
        verbs={
            "coupon extended": pgettext_lazy("audit", "更改优惠券 %(id)s 的有效期"),
            "coupon issued": pgettext_lazy("audit", "发出优惠券 %(id)s"),
            "coupon offer closed": pgettext_lazy("audit", "结束优惠券活动 %(id)s"),
            "coupon offer created": pgettext_lazy("audit", "新建优惠券活动 %(id)s"),
            "coupon offer reopened": pgettext_lazy("audit", "恢复优惠券活动 %(id)s"),
            "coupon offer edited": pgettext_lazy("audit", "修改优惠券活动 %(id)s"),
        },
        things={
            "loyalty.coupon": pgettext_lazy("audit", "优惠券"),
            "loyalty.couponoffer": pgettext_lazy("audit", "优惠券活动"),
        },
        particulars={
            "categories": pgettext_lazy("audit", "品类"),
            "minimum": pgettext_lazy("audit", "使用门槛"),
            "per_person": pgettext_lazy("audit", "每人限领"),
            "stock": pgettext_lazy("audit", "总量"),
            "offer": pgettext_lazy("audit", "优惠券"),
            "value": pgettext_lazy("audit", "面值"),
        },
    ),
)
