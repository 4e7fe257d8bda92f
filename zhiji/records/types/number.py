"""A number with up to four decimals, as conditions compare it."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal, number
from zhiji.records.valuetype import Parsed, Spec, ValueType

FINEST = Decimal("0.0001")


def _parse(value: Any, spec: Spec) -> Parsed:
    found = number.of(value)
    return found if isinstance(found, Refusal) else number.plain(found.quantize(FINEST, ROUND_HALF_UP))


def _shown(value: Any, spec: Spec) -> str:
    return f"{Decimal(str(value)).normalize():,f}" if type(value) in (int, float) else str(value)


TYPE = ValueType(
    key="number",
    label=_("数字"),
    icon="number",
    position=20,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=number.LONGEST, widget=forms.TextInput({"inputmode": "decimal"})),
    shown=_shown,
    written=lambda value, spec: str(value),
    compared="number",
    operators=("eq", "ne", "gt", "ge", "lt", "le", "between", "in", "not_in", "empty", "not_empty"),
    asked="range",
    schema={"type": "number"},
    chosen=False,
    apart=False,
)
