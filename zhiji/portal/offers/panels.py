"""On the customer's page: a link to their own page, to hand to them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.panel import Panel


def context(customer_id: int, user: User) -> dict[str, Any]:
    return {"customer_id": customer_id}


OFFERS = (Panel(_("顾客页面"), 90, "portal/panel.html", context, "portal:link"),)
