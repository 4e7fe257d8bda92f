"""Stores with their last thirty days: a page of them at a time, found by name, in the order that is chosen."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from zhiji.flow.profile.queries import only_owner
from zhiji.kernel import clock
from zhiji.kernel.given import whole
from zhiji.kernel.keyset import Page
from zhiji.trade import queries
from zhiji.trade.web.orders import asker

SIZE, MOST = 50, 100_000
COLUMNS = (
    ("name", _("门店"), False),
    ("code", _("编号"), False),
    ("", _("地区"), False),
    ("orders", _("订单"), True),
    ("buyers", _("客户"), True),
    ("revenue", _("营收"), True),
)


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """A page of stores; as a fragment, only the rows. They are sorted by figures, so the cursor is a place."""
    user = asker(request)
    search = request.GET.get("q", "").replace("\0", "")[:60]
    sort = request.GET.get("sort", "")
    sort = sort if sort in queries.STORE_SORTS else "revenue"
    at = whole(request.GET.get("cursor"), MOST) or 0
    rows, more = queries.stores_page(clock.now(), search, sort, at, SIZE, only_owner(user))
    page = Page(rows, str(at + SIZE) if more else "", str(max(0, at - SIZE)) if at else "")
    context: dict[str, Any] = {
        "page": page,
        "rows": rows,
        "search": search,
        "sort": sort,
        "columns": [(key, label, wide, urlencode({"q": search, "sort": key})) for key, label, wide in COLUMNS],
        "days": queries.SPAN.days,
    }
    fragment = bool(request.headers.get("HX-Request"))
    answer = render(request, "commerce/_stores.html" if fragment else "commerce/stores.html", context)
    answer["Vary"] = "HX-Request, Cookie"
    return answer
