"""A province, or a city of one: 浙江, 浙江/杭州."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.places import PROVINCES
from zhiji.kernel.values import Refusal
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is, text_of

LONGEST = 40
NO_REGION = Refusal(_("应是省份，或省份和城市，例如 浙江 或 浙江/杭州"))
_WRITTEN = re.compile(
    rf"({'|'.join(PROVINCES)})(?:省|市|特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区)?[\s/·-]*(.*?)市?"
)


def _parse(value: Any, spec: Spec) -> Parsed:
    """浙江省杭州市 and 浙江 杭州 are 浙江/杭州."""
    text = text_of(value) or ""
    found = _WRITTEN.fullmatch(text) if len(text) <= LONGEST else None
    return "/".join(filter(None, found.groups())) if found else NO_REGION


def _control(spec: Spec) -> forms.Field:
    return forms.CharField(max_length=LONGEST, widget=forms.TextInput({"placeholder": _("浙江/杭州")}))


TYPE = ValueType(
    key="region",
    label=_("地区"),
    icon="map-pin",
    position=55,
    parse=_parse,
    control=_control,
    shown=as_it_is,
    written=as_it_is,
    compared="text",
    operators=("eq", "ne", "in", "not_in", "starts", "empty", "not_empty"),
    asked="choice",
    schema={"type": "string", "description": "浙江, 浙江/杭州"},
    chosen=False,
    apart=False,
)
