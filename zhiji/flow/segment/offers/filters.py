"""Filters of the customer list: by segment and by class."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.models import Portrait
from zhiji.flow.segment.models import Block, SchemeClass, Segment
from zhiji.records.filters import Chosen


def _in_segment(rows: QuerySet[Portrait], chosen: Chosen) -> QuerySet[Portrait]:
    segments = list(Segment.objects.filter(key__in=chosen.values).values_list("pk", flat=True))
    return rows.filter(_marked(segment_id__in=segments))


def _in_class(rows: QuerySet[Portrait], chosen: Chosen) -> QuerySet[Portrait]:
    wanted: dict[str, list[str]] = {}
    for scheme, _colon, key in (one.partition(":") for one in chosen.values):
        wanted.setdefault(scheme, []).append(key)
    for scheme, keys in wanted.items():
        ids = list(SchemeClass.objects.filter(scheme__key=scheme, key__in=keys).values_list("pk", flat=True))
        rows = rows.filter(_marked(scheme_class_id__in=ids))
    return rows


def _marked(**of: Any) -> Exists:
    """Whose bit is set in a block: asked of the blocks themselves, the views would look each customer up besides."""
    customer = OuterRef("customer_id")
    at = Cast(customer.bitrightshift(12), IntegerField())
    bit = Func(F("bits"), customer.bitand(4095), function="get_bit", output_field=IntegerField())
    return Exists(Block.objects.filter(Exact(bit, 1), block=at, **of))


def _segments(user: User) -> Sequence[tuple[str, str]]:
    return list(Segment.objects.filter(archived_at=None).order_by("name").values_list("key", "name"))


def _classes(user: User) -> Sequence[tuple[str, str]]:
    rows = SchemeClass.objects.filter(position__gte=0).select_related("scheme").order_by("scheme__name", "position")
    return [(f"{one.scheme.key}:{one.key}", f"{one.scheme.name} · {one.name}") for one in rows]


def _segment_condition(chosen: Chosen) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"kind": "segment", "segment": key} for key in chosen.values]
    return parts[0] if len(parts) == 1 else {"kind": "any", "of": parts}


def _class_condition(chosen: Chosen) -> dict[str, Any]:
    wanted: dict[str, list[str]] = {}
    for scheme, _colon, key in (one.partition(":") for one in chosen.values):
        wanted.setdefault(scheme, []).append(key)
    parts: list[dict[str, Any]] = [
        {"kind": "class", "scheme": scheme, "classes": keys} for scheme, keys in wanted.items()
    ]
    return parts[0] if len(parts) == 1 else {"kind": "all", "of": parts}


OFFERS = (
    Filter("class", _("类别"), "choice", _in_class, 10, _classes, _class_condition),
    Filter("segment", _("客群"), "choice", _in_segment, 12, _segments, _segment_condition),
)
