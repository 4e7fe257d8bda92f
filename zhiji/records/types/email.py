"""An e-mail address, kept as contact values are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import email
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is, text_of


def _parse(value: Any, spec: Spec) -> Parsed:
    return email.parse(text_of(value) or "")


TYPE = ValueType(
    key="email",
    label=_("邮箱"),
    icon="mail",
    position=70,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=email.LONGEST, widget=forms.TextInput({"inputmode": "email"})),
    shown=as_it_is,
    written=as_it_is,
    compared="text",
    operators=("empty", "not_empty"),
    asked="held",
    schema={"type": "string", "description": "masked in answers: z***@example.com"},
    chosen=False,
    apart=True,
)
