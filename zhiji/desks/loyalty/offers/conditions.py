"""What conditions may ask of coupons."""

from collections.abc import Mapping
from typing import Any

from zhiji.desks.loyalty.models import CouponOffer
from zhiji.flow.segment.conditions.offered import OfferedCondition, OfferedField


class CouponCondition(OfferedCondition):
    """A coupon was issued to the customer, or redeemed, in the window at least once; of one offer, or any."""

    name = "coupon"
    label = ("优惠券", "coupons")
    sentence = ("[{window} ]优惠券{did}[（{offer}）]", "coupon {did}[ ({offer})][ {window}]")
    fields = (
        OfferedField(
            "did",
            ("结果", "what happened"),
            "choice",
            required=True,
            choices=(("issued", ("已发放", "issued")), ("redeemed", ("已使用", "redeemed"))),
        ),
        OfferedField("offer", ("优惠券", "offer")),
        OfferedField("window", ("时间范围", "window"), "window"),
    )

    def expand(self, given: Mapping[str, Any]) -> Any:
        offer = given.get("offer")
        return {
            "kind": "behaviour",
            "fact": f"coupon_{given['did']}",
            "where": [{"property": "offer", "op": "eq", "value": offer}] if offer else [],
            "window": given.get("window"),
            "op": "ge",
            "value": 1,
        }

    def choices(self, field: str) -> list[tuple[str, str]]:
        if field != "offer":
            return []
        return list(CouponOffer.objects.order_by("name").values_list("key", "name")[:500])


OFFERS = (CouponCondition(),)
