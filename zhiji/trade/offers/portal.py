"""On a customer's own page: their last orders."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.portal.card import PortalCard
from zhiji.trade.queries import last_orders


def orders(customer_id: int) -> dict[str, Any]:
    last = list(last_orders(customer_id))
    return {"orders": last} if last else {}


OFFERS = (PortalCard(_("我的订单"), 20, "commerce/portal.html", orders),)
