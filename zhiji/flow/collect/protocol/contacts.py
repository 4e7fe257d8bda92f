"""Contact values: found by the names they come under, and never kept in clear.

A name is compared without case and separators, so `E-Mail`, `phoneNumber` and `shipping_address` are known. A
value is replaced by its keyed digest, which still tells equal from different.
"""

import math
import re
from typing import Any

import msgspec

from zhiji.access import privacy
from zhiji.flow.collect.protocol.reasons import Refusal

DEPTH_LIMIT = 32
DROP = "ip"

_EXACT = {
    "email": "email mail emails emailaddress 邮箱 电子邮箱 电子邮件 邮箱地址 邮件地址",
    "phone": "phone phones mobile tel telephone cell cellphone phoneno mobileno msisdn whatsapp fax"
    " 手机 手机号 手机号码 电话 电话号码 联系电话 联系方式",
    "address": "addresses addr addressline addressline1 addressline2 address1 address2 street street1 street2"
    " 地址 收货地址 详细地址 住址 家庭住址 联系地址",
    "identity": "idcard idno idnumber identitycard identitynumber passport passportnumber ssn"
    " 身份证 身份证号 身份证号码 护照号",
    DROP: "ip ipaddress clientip remoteip remoteaddr remoteaddress userip",
}
_KIND = {name: kind for kind, names in _EXACT.items() for name in names.split()}
_ENDS = (
    ("email", "email"),
    ("emailaddress", "email"),
    ("address", "address"),
    ("phone", "phone"),
    ("phonenumber", "phone"),
    ("mobile", "phone"),
    ("mobilenumber", "phone"),
)
_NOT = {"headphone", "earphone", "smartphone", "iphone", "microphone", "ismobile", "macaddress", "walletaddress"}
_IN_URL = re.compile(r"([?&#;](?:[^=&#]*?(?:mail|phone|mobile|tel|address)[^=&#]*)=)([^&#]+)", re.IGNORECASE)
_EMAIL_IN_URL = re.compile(r"[^\s/?&#=:;,]+(?:@|%40)[^\s/?&#=:;,]+\.[^\s/?&#=:;,]+", re.IGNORECASE)
_seen: dict[str, str] = {}


def kind_of(name: str) -> str:
    """`email`, `phone`, `address`, `identity`, `ip`, or nothing for a name that carries no contact value."""
    kind = _seen.get(name)
    if kind is None:
        plain = re.sub(r"[\W_]+", "", name.lower())
        kind = _KIND.get(plain, "")
        if not kind and plain not in _NOT:
            kind = next((kind for end, kind in _ENDS if plain.endswith(end)), "")
        if len(_seen) > 20_000:
            _seen.clear()
        _seen[name] = kind
    return kind


def hidden(kind: str, value: Any) -> str:
    """The keyed digest that stands for a contact value."""
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    return privacy.stand_in(kind, text)


def clean_url(text: str) -> str:
    """An address without contact values in its query."""
    if "@" in text or "%40" in text:
        text = _EMAIL_IN_URL.sub("***", text)
    return _IN_URL.sub(r"\1***", text) if "=" in text else text


def cleaned(found: dict[str, Any], place: str, depth: int = 0) -> int:
    """Take contact values out of an object, in place. Returns how many keys it and its inner objects have.

    Raises Refusal for what can't be kept: too deep, whole numbers beyond 64 bits.
    """
    if depth > DEPTH_LIMIT:
        raise Refusal(place, "too_deep")
    keys = len(found)
    dropped = False
    known = _seen.get
    for name, value in found.items():
        kind = known(name)
        if kind is None:
            kind = kind_of(name)
        sort = type(value)
        if kind and value is not None and value != "" and sort is not bool:
            if sort is dict or sort is list:
                keys += _inner(value, place, name, depth)
            dropped = dropped or kind == DROP
            found[name] = hidden(kind, value) if value else value
        elif sort is str:
            if "=" in value or "://" in value:
                found[name] = clean_url(value)
        elif sort is dict or sort is list:
            keys += _inner(value, place, name, depth)
        elif sort is int and not -(2**63) <= value < 2**63:
            raise Refusal(f"{place}.{name}", "huge_number")
    if dropped:
        for name in [name for name in found if kind_of(name) == DROP]:
            del found[name]
    return keys


def _inner(value: Any, place: str, name: str, depth: int) -> int:
    if type(value) is dict:
        return cleaned(value, f"{place}.{name}", depth + 1)
    return _cleaned_list(value, f"{place}.{name}", depth + 1)


def _cleaned_list(found: list[Any], place: str, depth: int) -> int:
    if depth > DEPTH_LIMIT:
        raise Refusal(place, "too_deep")
    keys = 0
    for position, value in enumerate(found):
        if type(value) is dict:
            keys += cleaned(value, f"{place}[{position}]", depth + 1)
        elif type(value) is list:
            keys += _cleaned_list(value, f"{place}[{position}]", depth + 1)
        elif type(value) is int and not -(2**63) <= value < 2**63:
            raise Refusal(f"{place}[{position}]", "huge_number")
        elif type(value) is str and ("=" in value or "://" in value):
            found[position] = clean_url(value)
    return keys


def finite(value: Any) -> bool:
    """Whether a decoded value is a number that arithmetic can use."""
    return type(value) in (int, float) and math.isfinite(value)
