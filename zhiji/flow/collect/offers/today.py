"""Events that couldn't be taken wait for somebody to mend them."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.collect.models import Quarantined
from zhiji.kernel.finder import Hit
from zhiji.kernel.today import MOST, Today


def _waiting(user: User, limit: int) -> tuple[int, Sequence[Hit]]:
    found = Quarantined.objects.filter(state=Quarantined.State.WAITING)
    return found.order_by()[: MOST + 1].count(), []


OFFERS = (
    Today(
        _("隔离区里等着处理的事件"),
        "shield-half",
        "quarantine:write",
        _waiting,
        lambda user: reverse("quarantine"),
        position=80,
    ),
)
