"""On a customer's own page: the coupons they can still use."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.desks.loyalty.queries import coupons_of_customer, state_of
from zhiji.kernel import clock
from zhiji.portal.card import PortalCard


def coupons(customer_id: int) -> dict[str, Any]:
    now = clock.now()
    usable = [one for one in coupons_of_customer(customer_id) if state_of(one, now) == "open"]
    return {"coupons": usable} if usable else {}


OFFERS = (PortalCard(_("我的优惠券"), 10, "loyalty/portal.html", coupons),)
