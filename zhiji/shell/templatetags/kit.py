"""The kit: filters and tags built in to every template (no `{% load %}`).

Filters (nothing becomes `–`):
    {{ n|big }}         9,876 · 1.23万 · 4.56亿 (English 12.3K · 4.56M)
    {{ amount|money }}  ¥1,234.50 · ¥12.3万, the workspace's currency
    {{ share|percent }} 0.123 → 12.3%
    {{ dt|moment }}     2026-03-04 15:06 in the workspace's zone (a date: 2026-03-04)
    {{ some|told }}     details as a sentence goes on: “：数量 2，金额 ¥9.00”; {{ some|listed }} as <li> elements
    {{ dt|ago }}        3 分钟前, with the moment on hover (a <time> element)

Tags:
    {% icon "users" %} {% icon "users" 24 %}
        an outline icon of Tabler
    {% badge text "green" %}
        blue azure indigo purple pink red orange yellow lime green teal cyan, else gray
    {% person name sub url %}
        initial, name, small second line; `sub` and `url` optional
    {% figure "class_size" one.size of=key %}
        a figure of the catalogue (kernel/figure.py); `as shown` keeps it for a sentence or a card
    {% stat label value sub url %}
        a figure as a card, for <div class="col-6 col-lg-3">; `sub` and `url` optional
    {% empty sentence url label %}
        an empty list that teaches: one sentence, one button (`url`, `label` optional)
    {% pager page %}
        previous and next of a kernel.keyset.Page, other query parameters kept; target="#rows" swaps by htmx
    {% field form.name %} {% fields form %}
        one field (label, control, hint, errors) in Tabler's looks, or all of them with the form's errors
    {% control form.value label %}
        a small control alone, for editing in place; `label` is read out, and not shown
    {% options pairs chosen %}
        the <option> elements of a select, of (value, text) each; `chosen` optional
    {% tabs entries %}
        entries: [(label, url, active)] or [(label, url, active, count)]
    {% chart "id" option height=280 table=rows label="…" %}
        an ECharts option (a dict) from the view. `rows` is the table behind the button: the first row is the
        heading, a cell is a text, a number or a Shown figure, or (it, url). A datum with a "url" is a link.
        Colours, fonts, tooltip, legend looks and grid follow the theme: leave them out of the option. A theme
        colour is written "$c1"…"$c8", "$blue", "$green", "$red", "$muted", "$line", "$heat-0"…"$heat-3". As
        `formatter` of an axis label or `valueFormatter` of a tooltip write "$big", "$money" or "$percent".

In the page: data-confirm="what will happen" asks before a form, link or hx-… element acts; data-copy="#id" copies
a control's value; data-submit-on-change sends the form; a response header `HX-Trigger: {"toast": {"text": …}}` or
django.contrib.messages says something (level: success, info, warning, error).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape, unescape
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.http import QueryDict
from django.template.context import Context, RequestContext
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from zhiji.access.shown import masked
from zhiji.kernel.figure import Shown
from zhiji.shell import figures, icons

register = template.Library()
COLOURS = ("blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan")

register.filter("big", figures.big)
register.filter("money", figures.money)
register.filter("percent", figures.percent)
register.filter("points", figures.points)
register.filter("moment", figures.moment)
register.filter("cell", figures.cell)
register.filter("masked", masked)


@register.filter
def ago(value: Any) -> str:
    """How long ago, in words; the exact moment shows on hover."""
    text = figures.ago(value)
    if not isinstance(value, datetime):
        return text
    exact, moment = escape(value.isoformat()), escape(figures.moment(value))
    return mark_safe(f'<time datetime="{exact}" title="{moment}">{escape(text)}</time>')  # noqa: S308 - escaped by hand


@register.filter
def told(details: Sequence[Any]) -> SafeString:
    """Details as a sentence goes on. Of each a `label` and its `value`, by its `look`: money, moment or text."""
    signs = [gettext("："), *[gettext("，")] * (len(details) - 1)]
    parts = ((sign, *_detail(one)) for sign, one in zip(signs, details, strict=False))
    return format_html_join("", '<span class="detail">{}<span class="text-secondary">{}</span> {}</span>', parts)


@register.filter
def listed(details: Sequence[Any]) -> SafeString:
    """Details as lines of a list."""
    return format_html_join("", '<li><span class="text-secondary">{}</span> {}</li>', map(_detail, details))


def _detail(one: Any) -> tuple[Any, Any]:
    return one.label, {"money": figures.money, "moment": figures.moment}.get(one.look, localize)(one.value)


@register.simple_tag(takes_context=True)
def title_text(context: Context) -> str:
    """The block `title` without its tags, for the browser's tab; the frame shows the same block as heading."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block("title") if blocks else None
    return " ".join(unescape(strip_tags(block.nodelist.render(context))).split()) if block else ""


@register.simple_tag
def figure(name: str, value: Any, of: Any = "") -> SafeString:
    """A figure of the catalogue, written as its kind is; the exact value shows on hover."""
    return figures.shown(Shown(name, value, str(of)))


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """An outline icon of Tabler, `size` pixels, hidden from screen readers."""
    return icons.svg(name, size)


@register.simple_tag
def badge(text: Any, colour: str = "gray") -> SafeString:
    """A small coloured word; an unknown colour is shown gray."""
    shade = colour if colour in COLOURS else "secondary"
    return format_html('<span class="badge bg-{}-lt">{}</span>', shade, text)


@register.inclusion_tag("shell/kit/person.html")
def person(name: Any, sub: Any = "", url: str = "") -> dict[str, Any]:
    """Who: initial, name, small second line, as a link when `url` is given."""
    text = str(name or "").strip()
    return {"name": text, "initial": text[:1] or "?", "sub": sub, "url": url, "hue": sum(map(ord, text)) % 6}


@register.inclusion_tag("shell/kit/stat.html")
def stat(label: Any, value: Any, sub: Any = "", url: str = "") -> dict[str, Any]:
    """A figure with its name, and a small second line for its trend or meaning."""
    return {"label": label, "value": value, "sub": sub, "url": url}


@register.inclusion_tag("shell/kit/empty.html")
def empty(sentence: Any, url: str = "", label: Any = "") -> dict[str, Any]:
    """An empty list: one sentence that teaches, one button."""
    return {"sentence": sentence, "url": url, "label": label}


@register.simple_tag
def options(pairs: Sequence[tuple[Any, Any]], chosen: Any = None) -> SafeString:
    """The choices of a select, by hand in a tenth of a loop's time: there are as many as people, tags, or segments."""
    wanted = None if chosen is None else str(chosen)
    written = ((str(value), str(text)) for value, text in pairs)
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == wanted else ""}>{escape(text)}</option>'
            for value, text in written
        )
    )


@register.inclusion_tag("shell/kit/tabs.html")
def tabs(entries: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Tabs as links: (label, url, active) each, a fourth part is a count."""
    return {"entries": [(*entry, None)[:4] for entry in entries]}


@register.inclusion_tag("shell/kit/field.html")
def field(bound: BoundField, label: Any = "") -> dict[str, Any]:
    """A form field with label, control, hint and errors; `label` replaces the field's own."""
    widget = bound.field.widget
    kind = "control"
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        kind = "choices"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    looks = {"control": "form-select" if isinstance(widget, Select) else "form-control", "check": "form-check-input"}
    classes = " ".join(filter(None, (widget.attrs.get("class"), looks.get(kind), "is-invalid" if bound.errors else "")))
    attributes: dict[str, str | bool] = {"class": classes}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    control = bound.as_widget(attrs=attributes if kind != "choices" else None)
    return {"bound": bound, "kind": kind, "control": control, "label": label or bound.label}


@register.inclusion_tag("shell/kit/control.html")
def control(bound: BoundField, label: Any) -> dict[str, Any]:
    """A small control alone, for editing in place; `label` is read out, and not shown."""
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple):
        return {"bound": bound, "kind": "choices", "label": label}
    looks = "form-select form-select-sm" if isinstance(widget, Select) else "form-control form-control-sm"
    attributes: dict[str, str | bool] = {"class": looks, "aria-label": str(label), "autofocus": True}
    return {"kind": "control", "control": bound.as_widget(attrs=attributes)}


@register.inclusion_tag("shell/kit/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """Every field of a form, hidden ones too, with the form's own errors first."""
    return {"form": form}


@register.inclusion_tag("shell/kit/pager.html", takes_context=True)
def pager(context: Context, page: Any, target: str = "", parameter: str = "cursor") -> dict[str, Any]:
    """Previous and next of a keyset page (`page.previous`, `page.next` are cursors, empty at the ends)."""
    request = context.get("request")

    def link(cursor: str | None) -> str:
        if not cursor:
            return ""
        query = request.GET.copy() if request else QueryDict(mutable=True)
        query[parameter] = cursor
        return f"{request.path if request else ''}?{query.urlencode()}"

    return {"previous": link(page.previous), "next": link(page.next), "target": target}


@register.inclusion_tag("shell/kit/chart.html", takes_context=True)
def chart(
    context: RequestContext,
    id: str,
    option: Mapping[str, Any],
    height: int = 280,
    table: Sequence[Sequence[Any]] | None = None,
    label: str = "",
) -> dict[str, Any]:
    """A chart with the table behind a button. `height` in pixels, in steps of 20 from 60 to 800."""
    rows = [[_cell(cell) for cell in row] for row in table or ()]
    return {
        "id": id,
        "data": f"{id}-option",
        "option": option,
        "height": min(800, max(60, round(int(height) / 20) * 20)),
        "head": [text for text, _ in rows[0]] if rows else [],
        "rows": rows[1:],
        "has_table": bool(rows),
        "label": label,
    }


def _cell(cell: Any) -> tuple[Any, str]:
    text, url = cell if isinstance(cell, tuple) and len(cell) == 2 else (cell, "")
    return figures.cell(text), str(url or "")
