"""Orders: the list with filters, and one with its lines."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import visible_portrait
from zhiji.kernel.given import whole
from zhiji.kernel.keyset import page
from zhiji.trade import queries
from zhiji.trade.models import Order
from zhiji.trade.queries import Wanted

LARGEST = 2**63 - 1
COLOURS = {"paid": "green", "unpaid": "yellow", "closed": "gray", "part_refunded": "orange", "refunded": "red"}


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The orders that the user may see, newest first; as a fragment, only the rows."""
    user = asker(request)
    wanted = _wanted(request)
    found = page(queries.orders(user, wanted), ("-placed_at", "-id"), cursor=request.GET.get("cursor", ""))
    people = queries.buyers(found.rows)
    context: dict[str, Any] = {
        "page": found,
        "rows": [(one, people.get(one.customer.root_id), COLOURS[one.state]) for one in found.rows],
        "wanted": wanted,
        "filtered": wanted != Wanted(),
    }
    if request.headers.get("HX-Request"):
        return _varied(render(request, "commerce/_orders.html", context))
    context |= {"stores": queries.stores(), "states": Order.State.choices}
    if wanted.customer is not None:
        context["customer"] = _customer(user, wanted.customer)
    return _varied(render(request, "commerce/orders.html", context))


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """An order with its lines; 404 where the user may not look."""
    user = asker(request)
    try:
        order = queries.order(user, min(pk, LARGEST))
    except Order.DoesNotExist:
        raise Http404 from None
    lines = list(order.lines.all())
    context = {
        "order": order,
        "lines": lines,
        "held": queries.held([order.pk])[order.pk],
        "person": Portrait.objects.filter(pk=order.customer.root_id).first(),
        "full_price": order.amount + order.discount,
        "kept": order.amount - order.refunded,
        "colour": COLOURS[order.state],
    }
    return render(request, "commerce/order.html", context)


def asker(request: HttpRequest) -> User:
    """Who asks, if they may see orders. Raises Forbidden."""
    require(request.user, "orders:read")  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]


def _wanted(request: HttpRequest) -> Wanted:
    return Wanted(
        store=whole(request.GET.get("store")),
        customer=whole(request.GET.get("customer")),
        since=_day(request.GET.get("since")),
        until=_day(request.GET.get("until")),
        coupon=request.GET.get("coupon") == "1",
        state=state if (state := request.GET.get("state", "")) in Order.State.values else "",
        number=queries.number_in(request.GET.get("q", "")),
    )


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None


def _customer(user: User, pk: int) -> Portrait | None:
    try:
        return visible_portrait(user, pk)
    except Portrait.DoesNotExist:
        return None


def _varied(answer: HttpResponse) -> HttpResponse:
    answer["Vary"] = "HX-Request, Cookie"
    return answer
