"""What a template can do with a value on its way to the page. Knows nothing of Django: a process of its own runs it.

`zone` and `sign` are the workspace's; the process sets them before it fills anything in.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

from markupsafe import Markup, escape

from zhiji.flow.deliver.sandbox.refusal import Refused

LONGEST_VALUE = 20_000
MOST_DIGITS = 20
"""Of a number that is written out, before or after the point; a longer one stays as it is."""


class Workspace:
    """Where and in what money the workspace is."""

    zone: tzinfo | None = None
    sign: str = "¥"


def limited(function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, with long values refused on their way in and out."""

    @wraps(function)
    def within(*arguments: Any, **named: Any) -> Any:
        for value in (*arguments, *named.values()):
            if isinstance(value, str) and len(value) > LONGEST_VALUE:
                raise Refused("long_value")
        result = function(*arguments, **named)
        if isinstance(result, str) and len(result) > LONGEST_VALUE:
            raise Refused("long_value")
        return result

    return within


def is_empty(value: Any) -> bool:
    """Whether a value would leave a hole in a sentence: nothing, blanks, a group or list without anything in it."""
    if value is None or value is False:
        return True
    return not value.strip() if isinstance(value, str) else not value and not isinstance(value, (int, float, Decimal))


def number_of(value: Any) -> Decimal | None:
    """A value as a number that can be written out, or None. "1e999999999" is none: it would be a gigabyte of zeros."""
    text = str(value).strip()
    if len(text) > 2 * MOST_DIGITS:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    if not found.is_finite() or not -MOST_DIGITS <= found.adjusted() <= MOST_DIGITS:
        return found if found == 0 and found.is_finite() else None
    return found


def _join(items: Any, separator: str = "") -> str:
    texts = [str(item) for item in items] if isinstance(items, (list, tuple)) else [str(items)]
    if sum(map(len, texts)) + len(separator) * len(texts) > LONGEST_VALUE:
        raise Refused("long_value")
    return separator.join(texts)


def _money(value: Any) -> str:
    amount = number_of(value)
    return str(value) if amount is None else f"{Workspace.sign}{amount:,.2f}".removesuffix(".00")


def _day(value: Any, style: str = "") -> str:
    """年月日, or with "md" 月日, in the workspace's zone. Takes what JSON kept: an ISO text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(Workspace.zone).date()
    if not isinstance(value, date):
        return ""
    return f"{value.month}月{value.day}日" if style == "md" else f"{value.year}年{value.month}月{value.day}日"


def _number(value: Any, digits: int = 0) -> str:
    found, places = number_of(value), number_of(digits)
    return str(value) if found is None else f"{found:,.{min(max(int(places or 0), 0), 6)}f}"


def _or(value: Any, otherwise: Any = "") -> Any:
    return otherwise if is_empty(value) or value == 0 else value


def _button(url: Any, label: Any) -> Markup:
    """A button that mail programmes show as one."""
    return Markup(
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" align="center" '
        'style="margin:28px auto"><tr><td align="center" bgcolor="#b4552d" style="border-radius:6px">'
        '<a href="{}" style="display:inline-block;padding:13px 34px;font-size:16px;line-height:20px;'
        'color:#ffffff;text-decoration:none;border-radius:6px;font-weight:600">{}</a></td></tr></table>'
    ).format(url, label)


def _card(coupon: Any) -> Markup:
    """The coupon as a card: what it is worth, its code, until when. Nothing when there is none."""
    if not isinstance(coupon, Mapping) or not coupon.get("code"):
        return Markup("")
    minimum = _money(coupon.get("minimum") or 0)
    return Markup(
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="margin:24px 0;border:1px dashed #d9a07f;border-radius:10px;background:#fdf5ef"><tr>'
        '<td align="center" style="padding:22px 16px"><div style="font-size:14px;line-height:20px;color:#8a5a3f">{}'
        '</div><div style="font-size:40px;line-height:52px;font-weight:700;color:#b4552d">{}</div>'
        '<div style="font-size:13px;line-height:20px;color:#8a5a3f">{}</div>'
        '<div style="margin-top:12px;font-size:20px;line-height:28px;letter-spacing:3px;font-weight:600;color:#3d2b21;'
        'font-family:Menlo,Consolas,monospace">{}</div>'
        '<div style="margin-top:6px;font-size:13px;line-height:20px;color:#8a5a3f">有效期至 {}</div></td></tr></table>'
    ).format(
        coupon.get("name") or "优惠券",
        _money(coupon.get("value") or 0),
        f"满 {minimum} 可用" if coupon.get("minimum") not in (None, "", 0, "0", "0.00") else "无门槛",
        coupon["code"],
        _day(coupon.get("expires")),
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "default": _or,
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "trim": lambda value: str(value).strip(),
    "length": lambda value: len(value) if isinstance(value, (str, list, tuple, dict)) else 0,
    "first": lambda value: next(iter(value), "") if isinstance(value, (list, tuple)) else str(value)[:1],
    "truncate": lambda value, length=60: str(value)[: max(int(number_of(length) or 0), 0)],
    "join": _join,
    "money": _money,
    "day": _day,
    "number": _number,
    "escape": escape,
    "e": escape,
    "button": _button,
    "coupon_card": _card,
}
