"""Amounts of money: numbers that may bear the mark of their currency."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values import currency, number
from zhiji.kernel.values.number import LONGEST, POINT, Form
from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

LARGEST = 10**12
CENT = Decimal("0.01")

NO_AMOUNT = Refusal(_("应是金额，例如 1234.50"))
TOO_LARGE = Refusal(_("金额太大，绝对值须小于 1 万亿"))
OTHER_CURRENCY = Refusal(_("金额写着别的货币；请把货币单独放一列"))
_MARKED = re.compile(
    r"([-+]?)\s*([^\d\s.,+-]{0,3})\s*([-+]?[\d.,' ]*\d[\d.,' ]*?(?:[eE][-+]?\d{1,3})?)\s*([^\d\s.,]{0,3})"
)


def parse(text: str, form: Form = POINT, expected: str = "CNY") -> Decimal | Refusal:
    """The amount, as exact as it is written. It may bear marks of the `expected` currency, and no other's."""
    plain = narrow(cell(text)) if len(text) <= LONGEST else ""
    marked = _MARKED.fullmatch(plain.replace("−", "-"))
    if marked is None:
        return NO_AMOUNT
    sign, before, figure, after = marked.groups()
    for mark in (before, after):
        if mark and (code := currency.parse(mark)) != expected:
            return NO_AMOUNT if isinstance(code, Refusal) else OTHER_CURRENCY
    value = number.parse(sign + figure, form, LARGEST)
    if isinstance(value, Refusal):
        return {id(number.NO_NUMBER): NO_AMOUNT, id(number.TOO_LARGE): TOO_LARGE}.get(id(value), value)
    return value


def cents(value: Decimal) -> Decimal:
    """As it is kept: two digits, halves away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)
