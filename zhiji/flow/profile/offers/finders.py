from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import search
from zhiji.kernel.finder import Finder, Hit


def _customers(user: User, text: str, limit: int) -> list[Hit]:
    return [_hit(one) for one in search(user, text, limit)]


def _hit(one: Portrait) -> Hit:
    place = " ".join(filter(None, (one.region, one.city)))
    return Hit(one.name or str(one.customer_id), place, reverse("customer", args=[one.customer_id]))


OFFERS = (Finder(_("客户"), "user", _customers, 10),)
