"""Several of the values that the administrator lists."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal
from zhiji.records.types.choice import meant, worded
from zhiji.records.valuetype import Parsed, Spec, ValueType, text_of

BETWEEN = re.compile(r"[,，、;；|\n]+")


def _parse(value: Any, spec: Spec) -> Parsed:
    """Of a list, or of a text with marks between; in the order of the choices, each once."""
    given = (
        value if isinstance(value, list) else BETWEEN.split(text) if (text := text_of(value)) is not None else [value]
    )
    found = [meant(text_of(one) or "", spec) for one in given if one != ""]
    for one in found:
        if isinstance(one, Refusal):
            return one
    return [one for one, _label in spec.choices_known if one in found] or None


def _shown(value: Any, spec: Spec) -> str:
    several = value if isinstance(value, list) else [value]
    return now("、").join(worded(one, spec) for one in several)


TYPE = ValueType(
    key="choices",
    label=_("多选"),
    icon="checkbox",
    position=50,
    parse=_parse,
    control=lambda spec: forms.MultipleChoiceField(choices=spec.choices_known, widget=forms.CheckboxSelectMultiple),
    shown=_shown,
    written=_shown,
    compared="list",
    operators=("has_any", "has_all", "empty", "not_empty"),
    asked="choice",
    schema={"type": "array", "items": {"type": "string"}},
    chosen=True,
    apart=False,
)
