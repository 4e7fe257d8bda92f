"""Orders by their number, of every shop that has it."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.kernel.clock import day_of
from zhiji.kernel.finder import Finder, Hit
from zhiji.trade import queries
from zhiji.trade.models import Order


def _orders(user: User, text: str, limit: int) -> list[Hit]:
    number = queries.number_in(text)
    if not number or not may(user, "orders:read"):
        return []
    return [_hit(one) for one in queries.orders(user, queries.Wanted(number=number)).order_by("-placed_at")[:limit]]


def _hit(one: Order) -> Hit:
    told = (one.shop or (one.store.name if one.store else ""), str(day_of(one.placed_at)), one.get_state_display())
    return Hit(one.external_id, " · ".join(filter(None, told)), reverse("order", args=[one.pk]))


OFFERS = (Finder(_("订单"), "shopping-cart", _orders, 20),)
