"""A cell of a list as HTML and as text in a file: fifty rows of ten cells are too many for template tags, and for the
wrappers of lazy texts around Django's own escaping.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from html import escape
from typing import Any

from django.template import Engine
from django.utils.safestring import SafeString, mark_safe

from zhiji.kernel import clock
from zhiji.kernel.figure import Shown, figures
from zhiji.kernel.values.written import safe
from zhiji.records.columns import ENDING, Column

NOTHING = mark_safe('<span class="text-secondary">–</span>')
MOST_BADGES = 3
LONG = 40
"""Characters from which a text is held within a few lines: what people wrote may have thousands."""


def cell(column: Column, value: Any, of: Any) -> str:
    """The `<td>` of a value; `of` is whose it is, where the column is a figure of the catalogue."""
    end = ' class="text-end"' if column.look in ENDING else ""
    if value is None or value in ("", []):
        shown: str = NOTHING
    elif column.field is not None:
        shown = _escaped(column.field.shown(value))
    elif column.key in figures():
        shown = _kit("cell")(Shown(column.key, value, str(of)))
    else:
        shown = _LOOKS[column.look](value)
    if column.look == "text":
        shown = held(shown)
    return f"<td{end}>{shown}</td>"


def written(column: Column, value: Any) -> str:
    """The value in a file; a text that a spreadsheet would take for a formula is made safe."""
    if value is None or value == "":
        return ""
    if column.field is not None:
        return safe(column.field.written(value))
    if column.look in {"badge", "link"}:
        value = value[0]
    elif column.look == "badges":
        value = " ".join(value)
    elif isinstance(value, datetime):
        value = value.astimezone(clock.zone()).strftime("%Y-%m-%d %H:%M")
    return str(value) if column.look in ENDING else safe(str(value))


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


def held(shown: str) -> str:
    """A text for a cell, HTML already: a long one wraps, and shows its first lines."""
    long = len(shown) > LONG and "<" not in shown
    title = shown.replace('"', "&quot;")
    return f'<div class="list-long" title="{title}">{shown}</div>' if long else shown


def _badge(text: Any, colour: str = "secondary") -> str:
    shade = "secondary" if colour == "gray" else colour
    return f'<span class="badge bg-{escape(shade)}-lt">{_escaped(text)}</span>'


def _badges(texts: Sequence[str]) -> str:
    more = f' <span class="text-secondary">+{len(texts) - MOST_BADGES}</span>' if len(texts) > MOST_BADGES else ""
    return " ".join(_badge(text) for text in texts[:MOST_BADGES]) + more


def _link(text: Any, address: str) -> str:
    return f'<a href="{escape(address)}">{_escaped(text)}</a>' if address else _escaped(text)


_LOOKS: dict[str, Callable[[Any], str]] = {
    "text": _escaped,
    "code": lambda value: f'<span class="font-monospace">{_escaped(value)}</span>',
    "ago": lambda value: _escaped(_kit("ago")(value)),
    "moment": lambda value: _escaped(_kit("moment")(value)),
    "day": lambda value: _escaped(str(_kit("moment")(value))[:10]),
    "money": lambda value: _escaped(_kit("money")(value)),
    "number": lambda value: _escaped(_kit("big")(value)),
    "badge": lambda value: _badge(*value),
    "badges": _badges,
    "link": lambda value: _link(*value),
}
