"""Read customers."""

from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.errors import HttpError

from zhiji.access.roles import NotYours
from zhiji.access.tokens import scoped
from zhiji.flow.profile import fields
from zhiji.flow.profile.api.shapes import CustomerOut, CustomerPage, Id, RecordOut
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.list_json import briefs
from zhiji.flow.profile.listing import SORTS, Listing
from zhiji.flow.profile.record import record
from zhiji.flow.profile.search import search_ids
from zhiji.kernel.registry import offered
from zhiji.kernel.shapes import Problem
from zhiji.records.queries import hidden_from

router = Router()
FILTERS = {"parameters": [*(one for filter in offered(Filter) for one in filter.described()), *fields.described()]}
SHOWN = tuple(name for name in CustomerOut.model_fields if name != "id")


@router.get("/customers", response={200: CustomerPage, 403: Problem, 422: Problem}, openapi_extra=FILTERS)
def customers(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=200, description="name, 拼音, initials, phone tail, phone, e-mail or id")] = "",
    sort: Annotated[str, Query(pattern=f"^({'|'.join(SORTS)})$")] = "last_seen",
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> HttpResponse:
    """One page of the customers that the token's user may see.

    The filters of the customer list are parameters too, such as `region=浙江`, `tag=…`, `last_seen_in=30`,
    `amount_365d_min=1000`, `owner=3`; a choice may be given several times. A custom field is named in brackets:
    `field[会员等级]=金卡`, `field_min[身高]=170`, `field_to[到期日]=2026-12-31`.
    """
    user = scoped(request, "customers:read")
    listing = Listing(user, request.GET)
    listing.refuse_unread()
    page = listing.roots(size)
    return _json({"rows": briefs(page.rows, SHOWN, hidden_from(user)), "next": page.next, "previous": page.previous})


@router.get("/customers/search", response={200: list[CustomerOut], 403: Problem})
def find(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> HttpResponse:
    """The customers that a text finds, best first."""
    user = scoped(request, "customers:read")
    return _json(briefs(search_ids(user, q, limit), SHOWN, hidden_from(user)))


@router.get("/customers/{id}", response={200: RecordOut, 403: Problem, 404: Problem})
def customer(request: HttpRequest, id: Id) -> HttpResponse:
    """One customer with tags, masked contact points, consents, identities and measures."""
    return _json(whole(request, id))


def whole(request: HttpRequest, id: int, scope: str = "customers:read") -> dict[str, Any]:
    """The record; 404 where there is none that the user may see."""
    found = record(scoped(request, scope), id)
    if found is None:
        raise HttpError(404, str(NotYours()))
    return found


def _json(content: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), content_type="application/json; charset=utf-8")
