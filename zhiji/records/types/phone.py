"""A phone number, kept as contact values are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import phone
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is, text_of


def _parse(value: Any, spec: Spec) -> Parsed:
    return phone.parse(text_of(value) or "")


TYPE = ValueType(
    key="phone",
    label=_("电话"),
    icon="phone",
    position=65,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=phone.LONGEST, widget=forms.TextInput({"inputmode": "tel"})),
    shown=as_it_is,
    written=as_it_is,
    compared="text",
    operators=("empty", "not_empty"),
    asked="held",
    schema={"type": "string", "description": "masked in answers: 138****1234"},
    chosen=False,
    apart=True,
)
