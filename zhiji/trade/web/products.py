"""Products: the list with what sold, and one with its months."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiji.flow.profile.queries import only_owner
from zhiji.kernel import clock
from zhiji.kernel.keyset import page
from zhiji.trade import queries
from zhiji.trade.models import Product
from zhiji.trade.queries import Sold
from zhiji.trade.web.orders import LARGEST, asker


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Products by name, code or category, with what was sold of each; as a fragment, only the rows."""
    owner = only_owner(asker(request))
    search, category = request.GET.get("q", "").replace("\0", "")[:60], request.GET.get("category", "")[:120]
    found = page(queries.products(search, category.replace("\0", "")), ("id",), cursor=request.GET.get("cursor", ""))
    sold = queries.sold([one.pk for one in found.rows], owner)
    context: dict[str, Any] = {
        "page": found,
        "rows": [(one, sold.get(one.pk, Sold())) for one in found.rows],
        "search": search,
        "category": category,
        "filtered": bool(search or category),
    }
    template = "commerce/_products.html"
    if not request.headers.get("HX-Request"):
        context["categories"] = queries.categories()
        template = "commerce/products.html"
    answer = render(request, template, context)
    answer["Vary"] = "HX-Request, Cookie"
    return answer


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A product: what it is, what was sold by month."""
    owner = only_owner(asker(request))
    product = get_object_or_404(Product, pk=min(pk, LARGEST))
    months = queries.sold_by_month(product, clock.now(), owner)
    going = clock.day_of(clock.now()).replace(day=1)
    labels = [
        _("%(month)s 至今") % {"month": f"{month:%Y-%m}"} if month == going else f"{month:%Y-%m}"
        for month, *_rest in months
    ]
    unfinished = {
        "itemStyle": {"color": "transparent", "borderColor": "$c1", "borderType": "dashed", "borderWidth": 1.5}
    }
    chart = {
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "$big"}},
        "tooltip": {"trigger": "axis"},
        "series": [
            {
                "type": "bar",
                "name": _("订单数"),
                "data": [
                    {"value": orders, **(unfinished if month == going else {})} for month, orders, _amount in months
                ],
            }
        ],
    }
    table = [
        (_("月份"), _("订单数"), _("金额")),
        *((label, n, a) for label, (_month, n, a) in zip(labels, months, strict=True)),
    ]
    sold = queries.sold([product.pk], owner).get(product.pk, Sold())
    context = {"product": product, "sold": sold, "months": months, "chart": chart, "table": table}
    return render(request, "commerce/product.html", context)
