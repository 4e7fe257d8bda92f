"""Contact values in what is told: known by the name they come under, and found in any text by their form.

Kinds: phone, email, address, identity (documents), card (of banks), handle (of messengers). Names are compared without
case, separators and a number behind them, so `E-Mail`, `phoneNumber`, `收货人电话` and `地址2` are known. By form are
found: mobile numbers, other phone numbers with area code or `+`, e-mail addresses, Chinese identity numbers by their
check digit, bank cards by issuer and Luhn's sum; in full-width digits, grouped, percent-encoded and with invisible
marks between, too.
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

from zhiji.kernel.values.written import INVISIBLE

Put = Callable[[str, str], str]
"""Takes kind and value, answers what stands in their place."""

DROP = "ip"
CONTACTS = ("phone", "email", "address")
_NAMES = {
    "email": "email mail emails emailaddress 邮箱 电子邮箱 电子邮件 邮箱地址 邮件地址 email地址",
    "phone": """phone phones mobile mobiles tel telephone cell cellphone phoneno mobileno telno msisdn whatsapp fax
        手机 手机号 手机号码 电话 电话号 电话号码 联系电话 联系方式 联系号码 座机 传真 移动电话""",
    "address": """addresses addr addressline addressline1 addressline2 address1 address2 street street1 street2
        streetaddress 地址 收货地址 详细地址 住址 家庭住址 联系地址 街道地址 门牌号""",
    "identity": """idcard idcardno idno idnumber identitycard identitynumber nationalid passport passportno
        passportnumber ssn 身份证 身份证号 身份证号码 证件号 证件号码 护照号 护照号码 护照""",
    "card": """bankcard bankcardno cardno cardnumber creditcard creditcardnumber debitcard bankaccount iban
        银行卡 银行卡号 银行账号 银行帐号 信用卡号""",
    "handle": "wechat wechatid weixin wxid qq qqno qqnumber 微信 微信号 qq号 qq号码 钉钉号",
    DROP: "ip ipaddress clientip remoteip remoteaddr remoteaddress userip",
}
_KIND = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_LAST = {
    "email": "email emailaddress 邮箱 邮箱地址 电子邮件",
    "address": "address 地址 住址",
    "phone": """phone phonenumber phoneno mobile mobilenumber mobileno telephone contactno contactnumber
        电话 电话号码 手机 手机号 手机号码""",
    "identity": "身份证 身份证号 身份证号码 idcard idcardno",
    "card": "银行卡号 银行卡",
    "handle": "微信号 微信 qq号",
}
_ENDS = tuple((end, kind) for kind, ends in _LAST.items() for end in ends.split())
_OTHER = "headphone earphone smartphone iphone microphone ismobile macaddress walletaddress ip地址"
_NOT = frozenset(_OTHER.split())
_THINGS = re.compile(
    r"order|product|item|sku|goods|store|shop|coupon|voucher|cart|checkout|list|promotion|campaign|invoice|payment"
    r"|transaction|trade|refund|return|shipment|parcel|tracking|express|waybill|session|event|message|device|request"
    r"|trace|batch|serial|page|sn|imei|订单|商品|货|店|券|流水|运单|快递|交易|支付|批次|序列|设备"
)
_NUMBERED = re.compile(r"(?:id|ids|no|sn|num|number|code|key|编号|单号|号|号码|码|串)$")
_PLAINLY = """sku barcode ean upc isbn serial imei hash md5 sha1 sha256 checksum etag signature nonce uuid guid
    timestamp ts version build traceid spanid gclid fbclid msclkid coupon coupons voucher store shop
    条码 运单号 单号 流水号 序列号"""
_CODES = frozenset(_PLAINLY.split())
_FIGURES = re.compile(
    r"(?:amount|price|total|revenue|cost|value|quantity|(?<!ac)count|size|bytes|duration|balance|points|score|width|height"
    r"|金额|价|总额|数量|积分|余额|次数|毫秒)$"
)
_plain = re.compile(r"[\W_]+")


class Name(NamedTuple):
    """What a property's name tells: the kind of contact value under it (`ip` for what isn't kept at all, empty for
    other names); whether it is of a figure or a thing's number, whose digits are left as they are; whether there is a
    contact value in the name itself.
    """

    kind: str
    code: bool
    told: bool


_seen: dict[str, Name] = {}


def about(name: str) -> Name:
    """What a name tells, remembered."""
    found = _seen.get(name)
    if found is None:
        if len(_seen) > 20_000:
            _seen.clear()
        found = _seen[name] = _about(name)
    return found


def _about(name: str) -> Name:
    plain = _plain.sub("", name.lower().removeprefix("attributes."))
    bare = plain.rstrip("0123456789")
    kind = _KIND.get(plain) or _KIND.get(bare, "")
    if not kind and bare not in _NOT:
        kind = next((kind for end, kind in _ENDS if bare.endswith(end)), "")
    numbered = _NUMBERED.search(plain) and _THINGS.search(plain)
    code = plain in _CODES or bool(numbered or _FIGURES.search(plain))
    return Name(kind, code, holds_any(name))


_SAME = {0x3000: " ", 0xA0: " ", 0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-"} | {
    code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)
}
"""Full-width letters and digits, and other blanks and hyphens, as the plain ones: a text stays as long as it is."""

_FORMS = re.compile(
    r"""
    (?P<skip> ⟦[^⟧]*⟧
        | [0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}
        | (?<![0-9a-z])(?=[0-9]{0,40}[a-f])[0-9a-f]{24,}(?![0-9a-z]) )
    | (?P<email> (?<![a-z0-9_.+'-])
        (?:(?:[a-z0-9_.+'-]|%2b){1,64} | [\w.+-]{0,63}[^\W\x00-\x7f])(?:@|%40)
        (?:(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24} | (?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}) )
    | (?<![\d.]) (?:
        (?P<phone> (?:(?:\+|%2b|00)?86[ -]{0,2})?1[3-9]\d
            (?:[ .-]?\d{4}[ .-]?\d{4} | [ -]?\d{3}[ -]?\d{5} | [ -]\d{2}[ -]\d{3}[ -]\d{3})
            | (?:\+?86[ -]?)?(?:0\d{2,3}[ -]|\(0\d{2,3}\)[ -]?)\d{3,4}[ -]?\d{4}
            | (?:\+|%2b)\d(?:[ ().-]{0,2}\d){7,14} )
        | (?P<identity> [1-9]\d{5}[ -]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dx] )
        | (?P<card> [2-689]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{2,4}(?:[ -]?\d{1,3})? )
    ) (?!\d|[.]\d)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_asked = {"mail": "email", "phone": "phone", "mobile": "phone", "tel": "phone", "address": "address"}
_IN_QUERY = re.compile(r"([?&#;][^=&#]{0,40}?(mail|phone|mobile|tel|address)[^=&#]{0,40}=)([^&#⟦]+)", re.IGNORECASE)
_FORM = r"[@＠+＋]|%40|(?:\d[^\w:]{0,3}){10}\d"
_formed = re.compile(_FORM).search
MAYBE = re.compile(f"=|{_FORM}").search
"""Finds something in every text with a contact value, and in few others."""
_MAIL = re.compile("@|%40|＠")


def replaced(text: str, put: Put, code: bool = False) -> str:
    """The text with `put(kind, value)` in the place of each contact value; of a thing's `code` only addresses are.

    In the query of a web address, whatever comes under such a name is one.
    """
    if "=" in text:
        text = _IN_QUERY.sub(lambda match: match[1] + put(_asked[match[2].lower()], unquote(match[3])), text)
    if not _formed(text):
        return text
    if not text.isascii():
        text = text.translate(INVISIBLE)
    plain = text if text.isascii() else text.translate(_SAME)
    if code and not _MAIL.search(plain):
        return text
    out, end = [], 0
    for match in _FORMS.finditer(plain):
        kind = _sure(match, code)
        if kind:
            out += [text[end : match.start()], put(kind, text[match.start() : match.end()])]
            end = match.end()
    return "".join((*out, text[end:])) if out else text


def _sure(match: re.Match[str], code: bool) -> str:
    """The kind of a find; empty where the check digits say that it is something else."""
    kind = match.lastgroup or ""
    if kind == "skip" or (code and kind != "email"):
        return ""
    if kind in ("identity", "card"):
        digits = re.sub(r"[ -]", "", match[0]).upper()
        return kind if (_checked_identity if kind == "identity" else _checked_card)(digits) else ""
    return kind


WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # of GB 11643


def _checked_identity(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False))
    return digits[17:] == "10X98765432"[total % 11]


_ISSUERS = re.compile(
    r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|3[689]\d{12}|6(?:011|5\d\d|4[4-9]\d)\d{12}|81\d{14,17}|9558\d{12,15}"
)


def _checked_card(digits: str) -> bool:
    if not _ISSUERS.fullmatch(digits):
        return False
    turned = [int(digit) for digit in reversed(digits)]
    return sum(turned[::2] + [sum(divmod(2 * digit, 10)) for digit in turned[1::2]]) % 10 == 0


LEAST_NUMBER = 13_000_000_000


def of_number(value: float) -> str:
    """The kind of contact value that a bare number is: a mobile number or a card; empty for other numbers."""
    if not LEAST_NUMBER <= value < 10**19 or value != int(value):
        return ""
    found: list[str] = []
    replaced(str(int(value)), lambda kind, text: found.append(kind) or "")  # type: ignore[func-returns-value]
    return found[0] if found else ""


_RUN = bytes(b"0"[0] if chr(code).isdigit() and code < 128 else code for code in range(256))
_WIDE = re.compile(rb"\xef\xbc[\x8b\x90-\x99\xa0]|\xe2\x80[\x8b-\x8f\xaa-\xae]")
_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")
_ESCAPED = re.compile(rb"\\u(?:00(?:2b|3\d|40)|ff(?:0b|1\d|20)|20[0-6])", re.IGNORECASE)


def suspicious(text: bytes) -> bool:
    """Whether JSON text may hold a contact value by its form: an @, a plus, eleven digits in a run. Fast.

    A single byte is looked for first, as that costs a hundredth of looking for two.
    """
    if b"\\" in text:
        if _ESCAPED.search(text):
            return True
        text = _ESCAPE.sub(b"", text)
    return (
        b"@" in text
        or b"+" in text
        or (b"%" in text and b"%40" in text)
        or b"0" * 11 in text.translate(_RUN, b" -.()")
        or ((b"\xef" in text or b"\xe2" in text) and _WIDE.search(text) is not None)
    )


def holds_any(text: str, code: bool = False) -> bool:
    """Whether there is a contact value in a text."""
    return replaced(text, lambda kind, value: f"⟦{kind}⟧", code) != text
