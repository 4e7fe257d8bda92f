"""What a comparison means: of texts, numbers, days, moments, lists and flags, missing ones included.

A value is as JSON holds it. A number that isn't one, and a day that isn't one, are missing.
"""

import json
import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

PLACES = Decimal("0.0001")
ORDERING = ("gt", "ge", "lt", "le", "between")
DECLARED: dict[tuple[str, str], str] = {
    ("order_paid", "amount"): "number",
    ("order_paid", "category"): "text",
    ("order_paid", "store"): "text",
    ("order_paid", "coupon"): "text",
    ("order_paid", "order_id"): "text",
    ("order_paid", "categories"): "list",
    ("order_paid", "items"): "number",
    ("product_viewed", "category"): "text",
    ("product_viewed", "price"): "number",
    ("product_viewed", "product_id"): "text",
    ("product_viewed", "quantity"): "number",
    ("cart_added", "category"): "text",
    ("cart_added", "price"): "number",
    ("cart_added", "product_id"): "text",
    ("cart_added", "quantity"): "number",
    ("coupon_issued", "offer"): "text",
    ("coupon_redeemed", "offer"): "text",
}


def kind_of(wanted: Any, op: str) -> str:
    """How a value that nobody declared is read: by what it is compared with."""
    if op in ("has_any", "has_all"):
        return "list"
    one = wanted[0] if isinstance(wanted, list) and wanted else wanted
    if op in ("empty", "not_empty") or (op == "contains" and isinstance(one, str)):
        return "any"
    if isinstance(one, bool):
        return "flag"
    if isinstance(one, int | float):
        return "number"
    if op in ORDERING:
        return "date" if as_day(one) is not None else "number"
    return "text"


def property_kind(fact: str, name: str, wanted: Any, op: str) -> str:
    return DECLARED.get((fact, name)) or kind_of(wanted, op)


def as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        plain = f"{Decimal(repr(value)):f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def as_number(value: Any) -> Decimal | None:
    """To four decimals, halves away from zero."""
    text = as_text(value)
    if isinstance(value, bool | list) or text is None or not re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]+)?", text):
        return None
    return Decimal(text).quantize(PLACES, ROUND_HALF_UP)


def as_day(value: Any) -> date | None:
    if isinstance(value, datetime):
        raise TypeError("a moment has no day without a zone")
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def as_moment(value: Any, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return value


def as_list(value: Any) -> list[str] | None:
    return [str(as_text(one)) for one in value if one is not None] if isinstance(value, list) else None


def _unfolded(value: Any) -> Any:
    """A text that is written as a list is one."""
    try:
        found = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    except ValueError:
        return value
    return found if isinstance(found, list) else value


def compare(value: Any, op: str, wanted: Any, kind: str, zone: ZoneInfo) -> bool:
    """`value op wanted`. `ne` and `not_in` are the negation of `eq` and `in`; nothing else holds of what is missing."""
    if op == "ne":
        return not compare(value, "eq", wanted, kind, zone)
    if op == "not_in":
        return not compare(value, "in", wanted, kind, zone)
    if kind == "any":
        value = _unfolded(value)
        kind = "list" if isinstance(value, list) else "text"
    if kind == "list":
        return _list(as_list(value), op, wanted)
    read = {
        "text": as_text,
        "flag": as_text,
        "number": as_number,
        "date": as_day,
        "time": lambda one: as_moment(one, zone),
    }[kind]
    value = read(value)
    if op in ("empty", "not_empty"):
        return (value is None or value == "") == (op == "empty")
    if value is None:
        return False
    if op == "in":
        return value in [read(one) for one in wanted]
    if op == "contains":
        return wanted in value
    if op == "starts":
        return value.startswith(wanted)
    return ordered(value, op, [read(one) for one in wanted] if op == "between" else read(wanted))


def _list(value: list[str] | None, op: str, wanted: Any) -> bool:
    if op in ("empty", "not_empty"):
        return (not value) == (op == "empty")
    if value is None:
        return False
    if op == "contains":
        return wanted in value
    return {"has_any": any, "has_all": all}[op](one in value for one in wanted)


def ordered(value: Any, op: str, wanted: Any) -> bool:
    if op == "between":
        return wanted[0] <= value <= wanted[1]
    return {
        "eq": value == wanted,
        "ne": value != wanted,
        "gt": value > wanted,
        "ge": value >= wanted,
        "lt": value < wanted,
        "le": value <= wanted,
    }[op]


def one_word(tag: str) -> str:
    """What is the same of all writings of a tag."""
    return unicodedata.normalize("NFKC", tag).casefold()
