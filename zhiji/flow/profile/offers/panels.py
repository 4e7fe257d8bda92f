"""On the customer's page: what colleagues wrote about this customer, asked for when the page is there."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.panel import Panel


def context(customer_id: int, user: User) -> dict[str, Any]:
    return {"comment_subject": "resolve.customer", "comment_record": customer_id}


OFFERS = (Panel(_("备注与讨论"), 5, "comments/asked.html", context, "comments:read"),)
