"""The rows of the customer list as HTML: fifty rows of ten cells are too many for template tags, and for the wrappers
of lazy texts around Django's own escaping.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from typing import Any

from django.template import Engine
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhiji.flow.profile.columns import Column
from zhiji.flow.profile.models import Portrait
from zhiji.kernel.figure import Shown, figures

NOTHING = mark_safe('<span class="text-secondary">–</span>')
MOST_BADGES = 3


def body(rows: Iterable[tuple[Portrait, Sequence[tuple[Column, Any]]]], ticked: bool) -> SafeString:
    """The rows of the table; `ticked` puts a box before each, for bulk actions."""
    address = reverse("customer", args=[0]).replace("0", "%d")
    tick = _("选择 %(name)s") if ticked else ""
    return mark_safe("".join(_row(row, cells, address, tick) for row, cells in rows))  # noqa: S308 - escaped below


def _row(row: Portrait, cells: Sequence[tuple[Column, Any]], address: str, tick: str) -> str:
    name = row.name or _("访客 %(id)s") % {"id": row.customer_id}
    box = (
        f'<td><input class="form-check-input" type="checkbox" name="customer" value="{row.customer_id}"'
        f' x-on:change="tick" aria-label="{escape(tick % {"name": name})}"></td>'
        if tick
        else ""
    )
    looks = "" if row.name else ' class="text-secondary"'
    link = f'<a href="{address % row.customer_id}"{looks}>{escape(name)}</a>'
    values = "".join(_cell(one, value, row.customer_id) for one, value in cells)
    return f'<tr>{box}<td class="customers-name">{link}</td>{values}</tr>'


def _cell(column: Column, value: Any, customer: int) -> str:
    end = ' class="text-end"' if column.look in {"money", "number"} else ""
    if value is None or value in ("", []):
        shown: str = NOTHING
    elif column.field is not None:
        shown = _escaped(column.field.shown(value))
    elif column.key in figures():
        shown = _kit("cell")(Shown(column.key, value, str(customer)))
    else:
        shown = _LOOKS[column.look](value)
    return f"<td{end}>{shown}</td>"


@cache
def _kit(name: str) -> Callable[..., Any]:
    """A filter or tag that every template has built in."""
    for library in Engine.get_default().template_builtins:
        if name in library.filters:
            found: Callable[..., Any] = library.filters[name]
            return found
    raise LookupError(name)


def _escaped(text: Any) -> str:
    return text if isinstance(text, SafeString) else escape(str(text))


def _badge(text: Any, colour: str = "secondary") -> str:
    shade = "secondary" if colour == "gray" else colour
    return f'<span class="badge bg-{escape(shade)}-lt">{_escaped(text)}</span>'


def _badges(texts: Sequence[str]) -> str:
    more = f' <span class="text-secondary">+{len(texts) - MOST_BADGES}</span>' if len(texts) > MOST_BADGES else ""
    return " ".join(_badge(text) for text in texts[:MOST_BADGES]) + more


_LOOKS: dict[str, Callable[[Any], str]] = {
    "text": _escaped,
    "ago": lambda value: _escaped(_kit("ago")(value)),
    "day": lambda value: _escaped(str(_kit("moment")(value))[:10]),
    "money": lambda value: _escaped(_kit("money")(value)),
    "number": lambda value: _escaped(_kit("big")(value)),
    "badge": lambda value: _badge(*value),
    "badges": _badges,
}
