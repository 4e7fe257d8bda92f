"""A line of text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is, text_of

LONGEST = 400
NO_TEXT, TOO_LONG = Refusal(_("应是文字")), Refusal(_("太长，最多 400 个字"))


def _parse(value: Any, spec: Spec) -> Parsed:
    text = text_of(value)
    if text is None:
        return NO_TEXT
    return " ".join(text.split()) if len(text) <= LONGEST else TOO_LONG


TYPE = ValueType(
    key="text",
    label=_("文字"),
    icon="letter-case",
    position=10,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=LONGEST),
    shown=as_it_is,
    written=as_it_is,
    compared="text",
    operators=("eq", "ne", "in", "not_in", "contains", "starts", "empty", "not_empty"),
    asked="choice",
    schema={"type": "string", "maxLength": LONGEST},
    chosen=False,
    apart=False,
)
