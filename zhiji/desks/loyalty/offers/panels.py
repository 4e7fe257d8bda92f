"""On the customer's page: coupons, and a button to give one."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.desks.loyalty.queries import coupons_of_customer, open_offers, state_of
from zhiji.flow.profile.panel import Panel
from zhiji.kernel import clock


def context(customer_id: int, user: User) -> dict[str, Any]:
    now = clock.now()
    coupons = [{"coupon": one, "state": state_of(one, now)} for one in coupons_of_customer(customer_id)]
    offers = open_offers() if may(user, "coupons:write") else []
    if not coupons and not offers:
        return {}
    return {"coupons": coupons, "offers": offers, "customer_id": customer_id}


OFFERS = (Panel(_("优惠券"), 50, "loyalty/panel.html", context, "coupons:read"),)
