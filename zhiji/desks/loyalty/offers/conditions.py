"""What conditions may ask of coupons."""

from zhiji.desks.loyalty.models import CouponOffer
from zhiji.flow.segment.conditions.offered import Happened


class CouponCondition(Happened):
    """A coupon was issued to the customer, or redeemed, in the window at least once; of one offer, or any."""

    name = "coupon"
    label = ("优惠券", "coupons")
    sentence = ("[{window} ]优惠券{did}[（{offer}）]", "coupon {did}[ ({offer})][ {window}]")
    outcomes = (("issued", ("已发放", "issued")), ("redeemed", ("已使用", "redeemed")))
    of = ("offer", ("优惠券", "offer"))

    def choices(self, field: str) -> list[tuple[str, str]]:
        if field != "offer":
            return []
        return list(CouponOffer.objects.order_by("name").values_list("key", "name")[:500])


OFFERS = (CouponCondition(),)
