"""What templates may say of loyalty: the coupon that a rule entry was issued."""

from collections.abc import Mapping, Sequence
from typing import Any

from zhiji.desks.loyalty.models import Coupon
from zhiji.flow.deliver.variables import EntryVariable
from zhiji.kernel import clock


def coupons(entry_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    """The last coupon issued for each entry."""
    rows = Coupon.objects.select_related("offer").filter(entry_id__in=list(entry_ids)).order_by("id")
    return {
        row.entry_id: {
            "code": row.code,
            "name": row.offer.name,
            "value": str(row.offer.value),
            "minimum": str(row.offer.minimum),
            "expires": clock.day_of(row.expires_at).isoformat(),
        }
        for row in rows
        if row.entry_id is not None
    }


EXAMPLE = {
    "code": "ZJ8K2M4Q",
    "name": "示例优惠券",
    "value": "20.00",
    "minimum": "99.00",
    "expires": "2030-12-31",
}

OFFERS = [EntryVariable("coupon", coupons, "issue_coupon", EXAMPLE)]
