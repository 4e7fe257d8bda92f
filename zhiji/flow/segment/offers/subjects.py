"""What leads to segments, and to the files of their members."""

from collections.abc import Collection, Mapping

from django.urls import reverse

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.flow.segment.models import MemberExport, Segment
from zhiji.work.subject import Seen, Subject


def _segments(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    if not may(user, "segments:read"):
        return {}
    return {one.pk: Seen(one.name, reverse("segment", args=[one.key])) for one in Segment.objects.filter(pk__in=ids)}


def _exports(user: User, ids: Collection[int]) -> Mapping[int, Seen]:
    """One's own; the segment's page has them."""
    own = MemberExport.objects.filter(pk__in=ids, by=user).select_related("segment")
    if not (may(user, "segments:read") and may(user, "customers:export")):
        return {}
    return {one.pk: Seen(one.segment.name, reverse("segment", args=[one.segment.key])) for one in own}


OFFERS = (Subject("segment.segment", _segments), Subject("segment.memberexport", _exports))
