"""On the customer's page: what colleagues wrote about this customer."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.panel import Panel
from zhiji.work.comments.queries import panel


def context(customer_id: int, user: User) -> dict[str, Any]:
    return panel(user, "resolve.customer", customer_id)


OFFERS = (Panel(_("备注与讨论"), 5, "comments/panel.html", context, "comments:read"),)
