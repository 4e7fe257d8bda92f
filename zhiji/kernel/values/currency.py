"""Currencies by their code (ISO 4217) or by a mark that means one of them."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.values.refusal import Refusal
from zhiji.kernel.values.written import cell, narrow

_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CODES = frozenset(_CODES.split())
_MARKS = {
    "CNY": "¥ 元 圆 RMB CNH 人民币 CN¥",
    "USD": "$ US$ 美元 美金",
    "EUR": "€ 欧元",
    "GBP": "£ 英镑",
    "JPY": "JP¥ 日元 日圆",
    "HKD": "HK$ 港币 港元",
    "MOP": "MOP$ 澳门元",
    "TWD": "NT$ 台币 新台币",
    "KRW": "₩ 韩元",
    "SGD": "S$ 新加坡元",
}
_MEANT = {mark: code for code, marks in _MARKS.items() for mark in marks.split()}

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$", "KRW": "₩"}
"""How the workspace's own currency is written before an amount."""

NO_CURRENCY = Refusal(_("应是货币代码，例如 CNY 或 USD"))
OTHER = Refusal(_("是别的货币，不能和本工作区的金额相加；请先换算"))


def parse(text: str) -> str | Refusal:
    """The code of a currency. A bare ¥ is yuan and a bare $ the US dollar."""
    plain = narrow(cell(text)).upper() if len(text) <= 20 else ""
    return plain if plain in CODES else _MEANT.get(plain, NO_CURRENCY)


def own(text: str, expected: str) -> str | Refusal:
    """The code, where it is the `expected` one: amounts of another currency are refused, never added."""
    code = parse(text)
    return code if isinstance(code, Refusal) or code == expected else OTHER


def sign_of(code: str) -> str:
    """What stands before an amount of the workspace's currency: its sign, else its code and a space."""
    return SIGNS.get(code, f"{code} ")
