"""How figures, money and moments are written on screens."""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from html import escape
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from zhiji.kernel import clock
from zhiji.kernel.figure import Shown, figure
from zhiji.kernel.values.currency import sign_of

NOTHING = "–"
_CHINESE = ((10**8, "亿"), (10**4, "万"))
_ENGLISH = ((10**9, "B"), (10**6, "M"), (10**4, "K"))


def number(value: Any) -> Decimal | None:
    """The value as a Decimal, or None when it is no finite number."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def big(value: Any) -> str:
    """`9,876` below ten thousand, then `1.23万`, `4.56亿` (English: `12.3K`, `4.56M`); `–` for nothing."""
    found = number(value)
    if found is None:
        return NOTHING
    for unit, sign in _CHINESE if _speaks_chinese() else _ENGLISH:
        if abs(found) >= max(unit, 10**4):
            scale = unit if sign != "K" else 1000
            return f"{_short(found / scale)}{sign}"
    return _short(found) if found != found.to_integral_value() else f"{found:,.0f}"


def money(value: Any) -> str:
    """`¥1,234.50`, and from a hundred thousand on `¥12.3万`; the sign is the workspace's currency's."""
    found = number(value)
    if found is None:
        return NOTHING
    sign = sign_of(settings.CURRENCY)
    minus = "−" if found < 0 else ""
    found = abs(found)
    return f"{minus}{sign}{big(found) if found >= 10**5 else f'{found:,.2f}'}"


def count(value: Any) -> str:
    """`1,234,567`: exact, for tables; what isn't whole with two digits."""
    found = number(value)
    if found is None:
        return NOTHING
    return f"{found:,.0f}" if found == found.to_integral_value() else f"{found:,.2f}"


def shown(one: Shown) -> SafeString:
    """A figure of the catalogue as HTML: as its kind is written, with the exact value for programs and on hover."""
    look = figure(one.name).look
    text = {"count": big, "money": money, "percent": percent, "moment": moment}[look](one.value)
    exact = one.value.isoformat() if isinstance(one.value, datetime) else "" if one.value is None else str(one.value)
    whole = exact if look == "moment" else count(one.value) if look in ("count", "money") else text
    title = f' title="{escape(whole)}"' if whole != text else ""
    return mark_safe(  # noqa: S308 - escaped by hand: a list writes a hundred of these
        f'<data value="{escape(exact)}" data-figure="{escape(one.name)}" data-of="{escape(str(one.of))}"{title}>'
        f"{escape(text)}</data>"
    )


def cell(value: Any) -> Any:
    """What stands in a cell of a table: figures and numbers with their thousands marked, other things as they are."""
    if isinstance(value, Shown):
        return shown(value)
    return count(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def percent(share: Any) -> str:
    """A share of one as `12.3%`."""
    found = number(share)
    if found is None:
        return NOTHING
    return f"{found * 100:.1f}%".replace(".0%", "%")


def points(share: Any) -> str:
    """A difference of shares in percentage points: `+1.2 pp`, `−0.4 pp`."""
    found = number(share)
    if found is None:
        return NOTHING
    return f"{'−' if found < 0 else '+'}{abs(found) * 100:.1f} pp"


def moment(value: Any) -> str:
    """A moment as `2026-03-04 15:06` in the workspace's zone; a date as `2026-03-04`."""
    if isinstance(value, datetime):
        return value.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else NOTHING


def ago(value: Any, now: datetime | None = None) -> str:
    """How long ago: `刚刚`, `3 分钟前`, `昨天`, `5 天前`; further away the date. The future is told as `3 天后`."""
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            return NOTHING
        value = datetime.combine(value, datetime.min.time(), clock.zone())
    present = now or clock.now()
    passed = present - value
    ahead = passed < timedelta()
    passed = abs(passed)
    if passed < timedelta(minutes=1):
        return gettext("刚刚")
    days = abs((clock.day_of(present) - clock.day_of(value)).days)
    if passed < timedelta(hours=1):
        count = int(passed.total_seconds() // 60)
        text = gettext("%(n)d 分钟后") if ahead else gettext("%(n)d 分钟前")
    elif passed < timedelta(hours=24) and (days == 0 or passed < timedelta(hours=6)):
        count = int(passed.total_seconds() // 3600)
        text = gettext("%(n)d 小时后") if ahead else gettext("%(n)d 小时前")
    elif days == 1:
        return gettext("明天") if ahead else gettext("昨天")
    elif days <= 30:
        count = days
        text = gettext("%(n)d 天后") if ahead else gettext("%(n)d 天前")
    else:
        return clock.day_of(value).isoformat()
    return text % {"n": count}


def _short(value: Decimal) -> str:
    """Three meaningful digits, no trailing zeros: 1.23, 12.3, 1,235."""
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _speaks_chinese() -> bool:
    return _chinese(get_language() or "zh-hans")


@cache
def _chinese(language: str) -> bool:
    return language.startswith("zh")
