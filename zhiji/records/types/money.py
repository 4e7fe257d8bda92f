"""An amount in the workspace's currency."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import Refusal, currency, money, number
from zhiji.records.valuetype import Parsed, Spec, ValueType, text_of


def _parse(value: Any, spec: Spec) -> Parsed:
    text = text_of(value)
    found = money.NO_AMOUNT if text is None else money.parse(text, expected=settings.CURRENCY)
    return found if isinstance(found, Refusal) else number.plain(money.cents(found))


def _shown(value: Any, spec: Spec) -> str:
    sign = currency.sign_of(settings.CURRENCY)
    return f"{sign}{value:,.2f}" if type(value) in (int, float) else str(value)


TYPE = ValueType(
    key="money",
    label=_("金额"),
    icon="coin",
    position=25,
    parse=_parse,
    control=lambda spec: forms.CharField(max_length=number.LONGEST, widget=forms.TextInput({"inputmode": "decimal"})),
    shown=_shown,
    written=lambda value, spec: str(value),
    compared="number",
    operators=("eq", "ne", "gt", "ge", "lt", "le", "between", "empty", "not_empty"),
    asked="range",
    schema={"type": "number"},
    chosen=False,
    apart=False,
)
