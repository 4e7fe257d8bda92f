"""Columns of the customer list: the class in each scheme, and the segments."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.columns import Column
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment.models import Classification, SegmentMembership


def _classes(rows: Sequence[Portrait], user: User) -> Mapping[int, list[str]]:
    found = Classification.objects.filter(customer_id__in=[row.customer_id for row in rows])
    ordered = found.order_by("scheme_id").values_list("customer_id", "scheme_class__name")
    return _together(ordered)


def _segments(rows: Sequence[Portrait], user: User) -> Mapping[int, list[str]]:
    found = SegmentMembership.objects.filter(customer_id__in=[row.customer_id for row in rows])
    ordered = found.filter(segment__archived_at=None).order_by("segment_id")
    return _together(ordered.values_list("customer_id", "segment__name"))


def _together(pairs: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for customer, name in pairs:
        names.setdefault(customer, []).append(name)
    return names


OFFERS = (
    Column("class", _("类别"), _classes, "badges", shown=True, position=20),
    Column("segment", _("客群"), _segments, "badges", position=21),
)
