"""The rows of the customer list as HTML."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhiji.flow.profile.models import Portrait
from zhiji.records.cells import cell
from zhiji.records.columns import Column


def body(rows: Iterable[tuple[Portrait, Sequence[tuple[Column, Any]]]], ticked: bool) -> SafeString:
    """The rows of the table; `ticked` puts a box before each, for bulk actions."""
    address = reverse("customer", args=[0]).replace("0", "%d")
    tick = _("选择 %(name)s") if ticked else ""
    return mark_safe("".join(_row(row, cells, address, tick) for row, cells in rows))  # noqa: S308 - escaped below


def _row(row: Portrait, cells: Sequence[tuple[Column, Any]], address: str, tick: str) -> str:
    name = row.name or _("访客 %(id)s") % {"id": row.customer_id}
    box = (
        f'<td><input class="form-check-input" type="checkbox" data-tick name="customer" value="{row.customer_id}"'
        f' x-on:change="tick" aria-label="{escape(tick % {"name": name})}"></td>'
        if tick
        else ""
    )
    looks = "" if row.name else ' class="text-secondary"'
    link = f'<a href="{address % row.customer_id}"{looks}>{escape(name)}</a>'
    values = "".join(cell(one, value, row.customer_id) for one, value in cells)
    return f'<tr>{box}<td class="list-name">{link}</td>{values}</tr>'
