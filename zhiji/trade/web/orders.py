"""An order with its lines."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.flow.profile.models import Portrait
from zhiji.trade import queries
from zhiji.trade.models import Order
from zhiji.trade.offers.kinds import COLOURS

LARGEST = 2**63 - 1


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
        "colour": COLOURS[Order.State(order.state)],
        "may_discuss": may(user, "comments:read"),
    }
    return render(request, "commerce/order.html", context)


def asker(request: HttpRequest) -> User:
    """Who asks, if they may see orders. Raises Forbidden."""
    require(request.user, "orders:read")  # type: ignore[arg-type]
    return request.user  # type: ignore[return-value]
