"""On the customer's page: classes and segments, since when and why, and how they changed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.panel import Panel
from zhiji.flow.segment import told
from zhiji.flow.segment.queries import history, of_customer
from zhiji.flow.segment.recall import recall
from zhiji.kernel import clock

SHOWN = 30


def context(customer_id: int, user: User) -> dict[str, Any]:
    classes, memberships = of_customer(customer_id)
    recall([*classes, *memberships], clock.now())
    changes = list(history(customer_id)[:SHOWN])
    if not (classes or memberships or changes):
        return {}
    return {
        "classes": [{"row": one, "reasons": told.reasons(one.why)} for one in classes],
        "memberships": [{"row": one, "reasons": told.reasons(one.why)} for one in memberships],
        "changes": told.changes(changes),
    }


OFFERS = (Panel(_("类别与客群"), 10, "segment/panel.html", context, "segments:read"),)
