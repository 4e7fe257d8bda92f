"""On the customer's page: classes and segments, since when and why, and how they changed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.panel import Panel
from zhiji.flow.segment.explain import presentation
from zhiji.flow.segment.explain.recall import recall
from zhiji.flow.segment.live.up_to import UpTo, up_to
from zhiji.flow.segment.models import Classification, SegmentMembership
from zhiji.flow.segment.queries import last_changes, of_customer
from zhiji.kernel import clock


def context(customer_id: int, user: User) -> dict[str, Any]:
    classes, memberships = of_customer(customer_id)
    recall([*classes, *memberships], clock.now(), user)
    changes, now = last_changes(customer_id), up_to()
    if not (classes or memberships or changes):
        return {}
    return {
        "upto": now.whole,
        "classes": [_shown(one, now, f"scheme:{one.scheme.key}") for one in classes],
        "memberships": [_shown(one, now, f"segment:{one.segment.key}") for one in memberships],
        "changes": presentation.changes(changes, user),
    }


def _shown(one: Classification | SegmentMembership, now: UpTo, of: str) -> dict[str, Any]:
    return {"row": one, "reasons": presentation.reasons(one.why), "aside": now.aside_of(of)}


OFFERS = (Panel(_("类别与客群"), 10, "segment/panel.html", context, "segments:read"),)
