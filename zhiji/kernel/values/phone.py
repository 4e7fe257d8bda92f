"""Phone numbers as `+` and digits (E.164), whatever a person, a spreadsheet or a database made of them."""

import re

import phonenumbers
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

HOME = "CN"
LONGEST = 40

NO_PHONE = Refusal(_("应是手机号，例如 13812345678；座机请带区号，国外号码请带 + 和国家代码"))
SCIENTIFIC = Refusal(_("表格把号码写成了科学计数，后几位已经丢失；请先把这一列设为文本，再重新导出"))
NO_MOBILE = Refusal(_("手机号应是 11 位数字，请检查是否多写或少写了"))

_MOBILE = re.compile(r"(?:(?:\+|00)?86)?0?(1[3-9]\d{9})", re.ASCII)
_ALMOST = re.compile(r"(?:(?:\+|00)?86)?0?1[3-9]\d*", re.ASCII)


def parse(text: str) -> str | Refusal:
    """The number with its country's code; without one it is taken for a Chinese number.

    A Chinese mobile number is known by its form alone, as new beginnings are given out every year; other Chinese
    numbers must be ones that exist, foreign ones have a possible length.
    """
    plain = narrow(cell(text)) if len(text) <= LONGEST else ""
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", plain):
        return SCIENTIFIC
    plain = re.sub(r"\A(\+?\d{5,15})\.0+\Z", r"\1", plain.removeprefix("tel:").strip("'`"))
    digits = re.sub(r"[\s().\-‐‑–—·]", "", plain)
    if mobile := _MOBILE.fullmatch(digits):
        return f"+86{mobile[1]}"
    if _ALMOST.fullmatch(digits):
        return NO_MOBILE
    return _other(digits)


def _other(digits: str) -> str | Refusal:
    if not re.fullmatch(r"\+?\d{5,17}", digits, re.ASCII):
        return NO_PHONE
    try:
        number = phonenumbers.parse(f"+{digits[2:]}" if digits.startswith("00") else digits, HOME)
    except phonenumbers.NumberParseException:
        return NO_PHONE
    home = number.country_code == phonenumbers.country_code_for_region(HOME)
    real = phonenumbers.is_valid_number(number) if home else phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if real else NO_PHONE
