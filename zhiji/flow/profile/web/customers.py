"""The customer list: a page, or its rows as a fragment."""

from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.profile import fields
from zhiji.flow.profile.columns import columns_for
from zhiji.flow.profile.listing import SORTS, Listing
from zhiji.flow.profile.offers.filters import PRIORITIES
from zhiji.flow.profile.queries import people, tag_names
from zhiji.flow.profile.web.cells import body
from zhiji.records.actions.views import SHARES
from zhiji.records.listing import MOST
from zhiji.records.queries import at_work, views_of

COLUMNS = "customer columns"
LIST = "customers"
ADDRESSES = {
    "page": "customers",
    "count": "customers_count",
    "filters": "customers_filters",
    "export": "customers_export",
    "save_view": "customer_view_save",
}


@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """The list. With HX-Request only its rows; what was asked for comes back in the address, tidied."""
    user = asker(request)
    listing = of(request, user)
    fragment = bool(request.headers.get("HX-Request"))
    shown = context(listing, fragment)
    if not fragment:
        text, undo = request.session.pop("said", None) or ("", "")
        shown["said"] = (text, undo and reverse("customers_undo"), undo) if text else None
    answer = render(request, "profile/_rows.html" if fragment else "profile/customers.html", shown)
    answer["Vary"] = "HX-Request, Cookie"
    if fragment:
        kept = [(name, value) for name, values in request.GET.lists() for value in values if value and name != "column"]
        answer["HX-Push-Url"] = f"{reverse('customers')}?{urlencode(kept)}" if kept else reverse("customers")
    return answer


def asker(request: HttpRequest) -> User:
    """The signed-in user, who may read customers."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate lets nobody else in
    require(user, "customers:read")
    return user


def of(request: HttpRequest, user: User) -> Listing:
    """The list that the address asks for; columns chosen now are remembered for this user's session."""
    if chosen := request.GET.getlist("column"):
        known = {one.key for one in columns_for(user)}
        request.session[COLUMNS] = [one for one in chosen if one in known]
    return Listing(user, request.GET, request.session.get(COLUMNS, ()))


def context(listing: Listing, fragment: bool) -> dict[str, Any]:
    page = listing.page()
    may_write = may(listing.user, "customers:write")
    found: dict[str, Any] = {
        "listing": listing,
        "page": page,
        "body": body(listing.cells(page.rows), may_write),
        "chips": list(listing.chips()),
        "narrowed": listing.narrowed,
        "may_write": may_write,
        "query": listing.address(),
        "addresses": {part: reverse(name) for part, name in ADDRESSES.items()},
        "segment_url": _segment_url(listing),
        "sources_url": reverse("sources") if may(listing.user, "sources:read") else "",
        "new_url": reverse("customer_new") if may_write else "",
    }
    if not fragment:
        found |= {
            "heading": _("客户"),
            "searches": _("姓名、拼音、首字母、手机尾号、手机、邮箱、编号"),
            "asked": listing.asked(),
            "columns": [(one, one in listing.columns) for one in columns_for(listing.user)],
            "sorts": [(key, label, key == listing.sort) for key, (label, _order) in SORTS.items()],
            "views": _views(listing),
            "may_share": may(listing.user, SHARES),
            "may_export": may(listing.user, "customers:export"),
        }
    return found


@require_safe
def filters(request: HttpRequest) -> HttpResponse:
    """The panel of filters, asked for when it is opened."""
    listing = of(request, asker(request))
    kept = [(one.of, one.label) for one in fields.offered_to(listing.user)]
    shown = {"filters": [_asked(listing, one) for one in listing.filters], "fields": kept}
    return render(request, "profile/_filters.html", shown)


@require_safe
def field(request: HttpRequest) -> HttpResponse:
    """What can be asked of one custom field, when it is chosen."""
    listing = of(request, asker(request))
    name = request.GET.get("of", "")
    found = [_asked(listing, one) for one in fields.offered_to(listing.user) if one.of == name]
    return render(request, "records/_asks.html", {"filters": found})


@require_safe
def bulk_form(request: HttpRequest) -> HttpResponse:
    """What can be done to the ticked customers, asked for when the first is ticked."""
    user = asker(request)
    require(user, "customers:write")
    context = {
        "tags": tag_names(),
        "owners": people(),
        "priorities": PRIORITIES,
        "fields": [(one.pk, one.label) for one in at_work() if one.writable_by(user)],
        "most": MOST,
        "paged": bool(request.GET.get("paged")),
    }
    return render(request, "profile/_bulk.html", context)


def _asked(listing: Listing, one: Any) -> dict[str, Any]:
    """One filter as the panel draws it."""
    asked = listing.asked_of(one)
    if one.of and one.choices:
        values = listing.chosen[one].values if one in listing.chosen else ()
        choices = [*fields.values(listing.user, one.of)]
        choices += [(value, value) for value in values if value not in dict(choices)]
        asked["choices"] = [(str(value), label, str(value) in values) for value, label in choices]
    return asked


def _views(listing: Listing) -> list[dict[str, Any]]:
    """The user's views and everybody's: name and address, whether this list is it, where it is removed."""
    here, shares = listing.address("column"), may(listing.user, SHARES)
    return [
        {
            "name": one.name,
            "query": one.query,
            "here": bool(here) and without_columns(one.query) == here,
            "remove": reverse("customer_view_remove", args=[one.pk]) if one.user_id or shares else "",
        }
        for one in views_of(LIST, listing.user)
    ]


def without_columns(query: str) -> str:
    parameters = QueryDict(query, mutable=True)
    parameters.pop("column", None)
    return parameters.urlencode()


def _segment_url(listing: Listing) -> str:
    """Where the filters become a segment, with their condition tree; empty when there is none, or a search besides."""
    tree = listing.condition() if may(listing.user, "segments:write") and not listing.text else None
    if tree is None:
        return ""
    try:
        return f"{reverse('segment_new')}?{urlencode({'condition': orjson.dumps(tree).decode()})}"
    except NoReverseMatch:
        return ""


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many the list holds, in words, asked for after the page is there."""
    number, more = of(request, asker(request)).count()
    return render(request, "profile/_count.html", {"number": number, "more": more})
