"""Text of several lines."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is, text_of

LONGEST = 5_000
NO_TEXT, TOO_LONG = Refusal(_("应是文字")), Refusal(_("太长，最多 5000 个字"))


def _parse(value: Any, spec: Spec) -> Parsed:
    text = text_of(value)
    if text is None:
        return NO_TEXT
    return text.replace("\r\n", "\n") if len(text) <= LONGEST else TOO_LONG


TYPE = ValueType(
    key="long_text",
    label=_("长文字"),
    icon="align-left",
    position=15,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=LONGEST, widget=forms.Textarea({"rows": 3})),
    shown=as_it_is,
    written=as_it_is,
    compared="text",
    operators=("contains", "empty", "not_empty"),
    asked="held",
    schema={"type": "string", "maxLength": LONGEST},
    chosen=False,
    apart=False,
)
