"""Numbers as people, spreadsheets and other countries write them.

A comma or a space is a thousands mark only before groups of three. So `1,234.5` is read, and `12,50` or `1.234,56`
is refused unless a `Form` says that numbers are written so. Length and magnitude are bounded before anything is
computed: `1e999999999` costs a microsecond.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

LONGEST = 40
LARGEST = 10**13
FINEST = -20  # of the first digit's place: what is smaller is no figure of anybody's

NO_NUMBER = Refusal(_("应是数字，例如 1234.5"))
NO_WHOLE = Refusal(_("应是整数，例如 3"))
TOO_LARGE = Refusal(_("数太大或太小，绝对值须小于 10 万亿"))
COMMA = Refusal(_("逗号的位置不像千分位，读不准；请写成 1234.56，或在数字格式里选择这种写法"))


@dataclass(frozen=True)
class Form:
    """How numbers are written: the mark before groups of three (`""`: none) and the mark before decimals."""

    group: str
    point: str


POINT = Form(", ", ".")
"""1,234.56 or 1 234.56: what is read where nothing else is said."""
FORMS = {
    "1,234.56": Form(",", "."),
    "1.234,56": Form(".", ","),
    "1 234,56": Form(" ", ","),
    "1'234.56": Form("'", "."),
    "1234,56": Form("", ","),
}
"""The forms that can be chosen, each by the way it writes one number."""


def parse(text: str, form: Form = POINT, largest: int = LARGEST) -> Decimal | Refusal:
    """The number that a text says, exactly; its absolute value is below `largest`."""
    plain = narrow(cell(text)) if len(text) <= LONGEST else ""
    if not plain:
        return NO_NUMBER
    found = _pattern(form).fullmatch(plain.replace("−", "-"))
    if found is None:
        return COMMA if "," in plain and re.fullmatch(r"[-+]?[\d.,\s]*\d", plain) else NO_NUMBER
    whole = re.sub(r"\D", "", found["whole"] or "")
    value = Decimal(f"{found['sign'] or ''}{whole or 0}.{found['rest'] or 0}{found['power'] or ''}")
    if value and not FINEST <= value.adjusted() <= len(str(largest)):
        return TOO_LARGE
    return value if abs(value) < largest else TOO_LARGE


def whole(text: str, form: Form = POINT, largest: int = LARGEST) -> int | Refusal:
    """The whole number that a text says; `3.0` is one."""
    value = parse(text, form, largest)
    if isinstance(value, Refusal):
        return NO_WHOLE if value is NO_NUMBER else value
    return int(value) if value == value.to_integral_value() else NO_WHOLE


def of(value: Any, form: Form = POINT, largest: int = LARGEST) -> Decimal | Refusal:
    """The same of a value of JSON: a number, or a text that says one. Flags, NaN and infinity are none."""
    if isinstance(value, str):
        return parse(value, form, largest)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return NO_NUMBER
    if value != value or not -largest < value < largest:  # NaN equals nothing
        return TOO_LARGE if value == value else NO_NUMBER
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def plain(value: Decimal) -> int | float:
    """As JSON writes it: whole numbers without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def written(value: Any) -> Any:
    """What JSON has no way to write: exact figures as numbers, all else as text. For an encoder's `default`."""
    return plain(value) if isinstance(value, Decimal) else str(value)


@cache
def _pattern(form: Form) -> re.Pattern[str]:
    point = re.escape(form.point)
    groups = rf"\d{{1,3}}(?P<group>[{re.escape(form.group)}])\d{{3}}(?:(?P=group)\d{{3}})*|" if form.group else ""
    return re.compile(
        rf"(?P<sign>[-+])?(?=\d|{point}\d)(?P<whole>{groups}\d*)(?:{point}(?P<rest>\d*))?(?P<power>[eE][-+]?\d{{1,3}})?",
        re.ASCII,
    )
