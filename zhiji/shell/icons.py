"""Tabler's outline icons as SVG, by name, from the table that scripts/vendor.py makes."""

from functools import cache
from pathlib import Path

import orjson
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

TABLE = Path(__file__).resolve().parent / "static/vendor/icons.json"
UNKNOWN = '<path d="M5 12a7 7 0 1 0 14 0a7 7 0 1 0 -14 0"/>'


@cache
def _paths() -> dict[str, str]:
    try:
        paths: dict[str, str] = orjson.loads(TABLE.read_bytes())
    except FileNotFoundError:  # the front end isn't fetched yet, as in a test of one app
        return {}
    return paths


def known(name: str) -> bool:
    """Whether Tabler has an outline icon of this name."""
    return name in _paths()


@cache
def svg(name: str, size: int = 18) -> SafeString:
    """The icon as inline SVG, hidden from screen readers; a plain circle when there is none of that name."""
    return format_html(
        '<svg class="zj-icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{1}</svg>',
        size,
        mark_safe(_paths().get(name, UNKNOWN)),  # noqa: S308 - our own vendored table
    )
