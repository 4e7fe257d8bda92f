"""A day."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel import clock
from zhiji.kernel.values import Refusal, moment
from zhiji.records.valuetype import Parsed, Spec, ValueType, as_it_is


def _parse(value: Any, spec: Spec) -> Parsed:
    found = moment.day(value, clock.zone()) if isinstance(value, str) else moment.NO_DAY
    return found if isinstance(found, Refusal) else found.isoformat()


TYPE = ValueType(
    key="date",
    label=_("日期"),
    icon="calendar",
    position=30,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=40, widget=forms.DateInput({"type": "date"})),
    shown=as_it_is,
    written=as_it_is,
    compared="date",
    operators=("eq", "ne", "gt", "ge", "lt", "le", "between", "empty", "not_empty"),
    asked="dates",
    schema={"type": "string", "format": "date"},
    chosen=False,
    apart=False,
)
