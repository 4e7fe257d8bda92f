"""Coupons that run out within three days and weren't used: whoever knows the customer may still tell them."""

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.desks.loyalty.queries import coupons
from zhiji.flow.profile.queries import visible_to
from zhiji.kernel import clock
from zhiji.kernel.finder import Hit
from zhiji.kernel.today import MOST, Today

DAYS = 3


def _ending(user: User, limit: int) -> tuple[int, Sequence[Hit]]:
    now = clock.now()
    found = coupons(user, as_of=now, state="open").filter(expires_at__lt=clock.days_before(now, -DAYS))
    count = found.order_by()[: MOST + 1].count()
    first = list(found.order_by("expires_at", "id")[:limit]) if count else []
    names = visible_to(user).in_bulk([one.customer.root_id for one in first])
    return count, [
        Hit(
            one.offer.name,
            f"{names[one.customer.root_id].name or '#' + str(one.customer.root_id)} · {clock.day_of(one.expires_at)}",
            reverse("customer", args=[one.customer.root_id]),
        )
        for one in first
        if one.customer.root_id in names
    ]


def _all(user: User) -> str:
    today = clock.day_of(clock.now())
    return f"{reverse('coupons')}?state=open&expires_from={today}&expires_to={today + timedelta(days=DAYS - 1)}"


OFFERS = (Today(_("快到期还没用的券"), "ticket", "coupons:write", _ending, _all, position=40),)
