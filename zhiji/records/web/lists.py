"""The list of a kind of records: a page, its rows as a fragment, its count, its filters, its file, its saved views."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.kernel import clock
from zhiji.kernel.values.written import safe
from zhiji.records.actions import note_export, remove_view, save_view
from zhiji.records.actions.views import SHARES
from zhiji.records.cells import cell, held, written
from zhiji.records.columns import Column
from zhiji.records.kind import RecordKind
from zhiji.records.listing import ACTED, Listing, name_of, tabs
from zhiji.records.queries import views_of

PARTS = ("count", "filters", "export", "save_view")
LONGEST = 2_000
"""Characters of an address that a browser is sent to."""


@require_safe
def listed(request: HttpRequest, kind: RecordKind) -> HttpResponse:
    """The list. With HX-Request only its rows; what was asked for comes back in the address, tidied."""
    listing = of(request, kind)
    fragment = bool(request.headers.get("HX-Request"))
    shown = context(listing, fragment)
    if not fragment:
        shown["said"] = said(request)
    answer = render(request, f"records/{'_rows' if fragment else 'list'}.html", shown)
    answer["Vary"] = "HX-Request, Cookie"
    if fragment:
        kept = [(name, value) for name, values in request.GET.lists() for value in values if value and name != "column"]
        answer["HX-Push-Url"] = f"{reverse(kind.key)}?{urlencode(kept)}" if kept else reverse(kind.key)
    return answer


def asker(request: HttpRequest, kind: RecordKind) -> User:
    """The signed-in user, who may read records of the kind."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate lets nobody else in
    require(user, kind.reads)
    return user


def of(request: HttpRequest, kind: RecordKind, query: QueryDict | None = None) -> Listing:
    """The list that the address asks for, or `query`; columns chosen now are remembered for this user's session."""
    user, remembered = asker(request, kind), f"columns {kind.key}"
    if chosen := request.GET.getlist("column"):
        request.session[remembered] = [one.key for one in kind.columns if one.key in chosen]
    return Listing(user, request.GET if query is None else query, request.session.get(remembered, ()), kind=kind)


def said(request: HttpRequest) -> tuple[str, str] | None:
    """What the last act did, in words, and where it is taken back ("": nowhere)."""
    text, deed = request.session.pop("said", None) or ("", 0)
    return (text, reverse("deed_undo", args=[deed]) if deed else "") if text else None


def context(listing: Listing, fragment: bool) -> dict[str, Any]:
    kind, user, shown = listing.kind, listing.user, listing.page()
    acts = [(one, reverse(f"{kind.key}_act", args=[one.key])) for one in kind.acts if may(user, one.permission)]
    found: dict[str, Any] = {
        "kind": kind,
        "listing": listing,
        "page": shown,
        "body": _body(listing, shown.rows, bool(acts)),
        "chips": list(listing.chips()),
        "narrowed": listing.narrowed,
        "acts": acts,
        "most": ACTED,
        "query": listing.address(),
        "addresses": addresses(kind),
    }
    if fragment:
        return found
    return found | {
        "heading": kind.label,
        "says": kind.says,
        "searches": kind.searches if kind.finds else "",
        "tabs": tabs(kind, "list", listing.address("column", "sort")),
        "asked": listing.asked(),
        "columns": [(one, one in listing.columns) for one in listing.every_column],
        "sorts": [(key, label, key == listing.sort) for key, (label, _order) in listing.sorts.items()],
        "views": _views(listing),
        "may_share": may(user, SHARES),
        "may_export": may(user, kind.exports),
        "new_url": reverse(kind.new) if kind.new and may(user, kind.writes) else "",
    }


def addresses(kind: RecordKind) -> dict[str, str]:
    """Where the parts of the list are."""
    return {"page": reverse(kind.key), **{part: reverse(f"{kind.key}_{part}") for part in PARTS}}


def _body(listing: Listing, rows: Sequence[Any], ticked: bool) -> SafeString:
    """The rows of the table; `ticked` puts a box before each, for acts on many."""
    lines = (_row(listing, row, cells, ticked) for row, cells in listing.cells(rows))
    return mark_safe("".join(lines))  # noqa: S308 - escaped below


def _row(listing: Listing, row: Any, cells: Iterable[tuple[Column, Any]], ticked: bool) -> str:
    kind, name = listing.kind, name_of(listing.kind, row, listing.user)
    label = escape(_("选择 %(name)s") % {"name": name})
    box = (
        f'<td><input class="form-check-input" type="checkbox" data-tick name="row" value="{row.pk}"'
        f' x-on:change="tick" aria-label="{label}"></td>'
        if ticked
        else ""
    )
    link = f'<a href="{escape(kind.url(row))}">{escape(name)}</a>' if kind.url else held(escape(name))
    values = "".join(cell(one, value, row.pk) for one, value in cells)
    return f'<tr>{box}<td class="list-name">{link}</td>{values}</tr>'


def _views(listing: Listing) -> list[dict[str, Any]]:
    """The views that come with the kind, then the user's and everybody's."""
    kind, here = listing.kind, listing.address("column")
    shares = may(listing.user, SHARES)
    ready = [(one.label, one.query.replace("{me}", str(listing.user.pk)), "") for one in kind.views]
    kept = [
        (one.name, one.query, reverse(f"{kind.key}_remove_view", args=[one.pk]) if one.user_id or shares else "")
        for one in views_of(kind.key, listing.user)
    ]
    return [
        {"name": name, "query": query, "here": bool(here) and _without_columns(query) == here, "remove": remove}
        for name, query, remove in (*ready, *kept)
    ]


def _without_columns(query: str) -> str:
    parameters = QueryDict(query, mutable=True)
    parameters.pop("column", None)
    return parameters.urlencode()


@require_safe
def filters(request: HttpRequest, kind: RecordKind) -> HttpResponse:
    """The panel of filters, asked for when it is opened."""
    listing = of(request, kind)
    silent = {name for one in listing.filters if not one.asks for name in one.parameters}
    kept = [(name, value) for name, value in listing.asked() if name in silent]
    asks = [listing.asked_of(one) for one in listing.filters if one.asks]
    return render(request, "records/_filters.html", {"filters": asks, "kept": kept})


@require_safe
def count(request: HttpRequest, kind: RecordKind) -> HttpResponse:
    """How many the list holds, in words, asked for after the page is there."""
    number, more = of(request, kind).count()
    told = str(kind.counted) % {"n": f"{number:,}"}
    return HttpResponse(escape(_("超过 %(counted)s") % {"counted": told} if more else told))


@require_POST
def export(request: HttpRequest, kind: RecordKind) -> StreamingHttpResponse:
    """Every record of the list as a CSV file, streamed, with its columns; audited as far as it came."""
    listing = of(request, kind, QueryDict(request.POST.get("query", "")))
    require(listing.user, kind.exports)
    answer = StreamingHttpResponse(_lines(listing), content_type="text/csv; charset=utf-8")
    name = f"{kind.key}-{clock.day_of(clock.now()).isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class _Echo:
    def write(self, value: str) -> str:
        return value


def _lines(listing: Listing) -> Iterator[str]:
    """The first mark tells spreadsheets that the file is UTF-8; the audit line comes when no more will be taken."""
    writer, rows, whole, kind = csv.writer(_Echo()), 0, False, listing.kind
    try:
        yield "\ufeff" + writer.writerow([str(kind.named or kind.label), *(str(one.label) for one in listing.columns)])
        for row, cells in listing.every_row():
            name = safe(name_of(kind, row, listing.user))
            yield writer.writerow([name, *(written(one, value) for one, value in cells)])
            rows += 1
        whole = True
    finally:
        columns = [one.key for one in listing.columns]
        note_export(of=kind.key, query=listing.address(), columns=columns, rows=rows, whole=whole, by=listing.user)


@require_POST
def keep_view(request: HttpRequest, kind: RecordKind) -> HttpResponse:
    """Keep the list as it is under a name; shared ones are for everybody."""
    user = asker(request, kind)
    query = QueryDict(request.POST.get("query", "")[:4000], mutable=True)
    query.setlist("column", request.session.get(f"columns {kind.key}", []))
    given = {"name": request.POST.get("name", ""), "query": query.urlencode()}
    try:
        view = save_view(of=kind.key, reads=kind.reads, shared=bool(request.POST.get("shared")), by=user, **given)
    except ValueError as error:
        request.session["said"] = [str(error), 0]
        return redirect(kind.key)
    request.session["said"] = [_("已保存视图“%(name)s”。") % {"name": view.name}, 0]
    return to_list(kind, view.query)


def to_list(kind: RecordKind, query: str) -> HttpResponse:
    """To the list as `query` narrows it, where an address can hold that; else to the whole one."""
    address = f"{reverse(kind.key)}?{query}"
    return redirect(address if query and len(address) <= LONGEST else reverse(kind.key))


@require_POST
def drop_view(request: HttpRequest, kind: RecordKind, pk: int) -> HttpResponse:
    """Forget a view: one's own, or a shared one by those who may."""
    user = asker(request, kind)
    view = views_of(kind.key, user).filter(pk=pk).first()
    if view is None:
        raise Http404
    remove_view(view=view, by=user)
    request.session["said"] = [_("已删除视图“%(name)s”。") % {"name": view.name}, 0]
    return redirect(kind.key)
