"""On the customer's page: the last orders and what is bought most often."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.models import Measures
from zhiji.flow.profile.panel import Panel
from zhiji.trade import queries


def bought(customer_id: int, user: User) -> dict[str, Any]:
    """The last five orders, the totals, the favourite products."""
    last = queries.last_orders(customer_id)
    if not last:
        return {}
    return {
        "customer_id": customer_id,
        "orders": last,
        "measures": Measures.objects.filter(pk=customer_id).first(),
        "favourites": queries.favourites(customer_id),
    }


OFFERS = [Panel(_("订单"), 20, "commerce/panel.html", bought, "orders:read")]
