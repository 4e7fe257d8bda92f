"""On the customer's page: classes and segments, since when and why, and how they changed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.panel import Panel
from zhiji.flow.segment import told
from zhiji.flow.segment.models import Classification, SegmentMembership
from zhiji.flow.segment.queries import history, of_customer
from zhiji.flow.segment.recall import recall
from zhiji.flow.segment.upto import UpTo, up_to
from zhiji.kernel import clock

SHOWN = 30


def context(customer_id: int, user: User) -> dict[str, Any]:
    classes, memberships = of_customer(customer_id)
    recall([*classes, *memberships], clock.now())
    changes, now = list(history(customer_id)[:SHOWN]), up_to()
    if not (classes or memberships or changes):
        return {}
    return {
        "upto": now.whole,
        "classes": [_shown(one, now, f"scheme:{one.scheme.key}") for one in classes],
        "memberships": [_shown(one, now, f"segment:{one.segment.key}") for one in memberships],
        "changes": told.changes(changes),
    }


def _shown(one: Classification | SegmentMembership, now: UpTo, of: str) -> dict[str, Any]:
    return {"row": one, "reasons": told.reasons(one.why), "aside": now.aside_of(of)}


OFFERS = (Panel(_("类别与客群"), 10, "segment/panel.html", context, "segments:read"),)
