"""What leads to orders: those of customers whom a user sees."""

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.trade import queries
from zhiji.trade.models import Order
from zhiji.work.subject import Seen, Subject


def _seen(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    if not may(user, "orders:read"):
        return {}
    return {
        pk: Seen(_("订单 %(number)s") % {"number": number}, reverse("order", args=[pk]))
        for pk, number in queries.orders(user).filter(pk__in=ids).values_list("pk", "external_id")
    }


def _whose(pk: int) -> int | None:
    return Order.objects.filter(pk=pk).values_list("customer_id", flat=True).first()


OFFERS = (Subject("commerce.order", _seen, commented=True, customer=_whose),)
