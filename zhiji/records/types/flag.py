"""Yes or no."""

from typing import Any

from django import forms
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import flag
from zhiji.records.valuetype import Parsed, Spec, ValueType

ANSWERS = (("true", _("是")), ("false", _("否")))


def _parse(value: Any, spec: Spec) -> Parsed:
    return flag.of(value)


def _shown(value: Any, spec: Spec) -> str:
    return (now("是") if value else now("否")) if isinstance(value, bool) else str(value)


class _Answer(forms.Select):
    def format_value(self, value: Any) -> list[str]:
        return super().format_value(str(value).lower() if isinstance(value, bool) else value)


TYPE = ValueType(
    key="flag",
    label=_("是否"),
    icon="toggle-right",
    position=40,
    parse=_parse,
    control=lambda spec: forms.ChoiceField(choices=[("", "–"), *ANSWERS], widget=_Answer),
    shown=_shown,
    written=_shown,
    compared="flag",
    operators=("eq", "ne", "empty", "not_empty"),
    asked="choice",
    schema={"type": "boolean"},
    chosen=False,
    apart=False,
)
