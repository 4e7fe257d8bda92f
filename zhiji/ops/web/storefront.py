"""The demo's shop: what a visitor looks at, puts into the cart, registers with and buys is told to the demo's source by
the tracking script, as any shop would. It sells the demo's products; nothing is paid, and orders come in by tracking.
"""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from zhiji.access.web.gate import public
from zhiji.flow.collect.models import Source
from zhiji.flow.deliver.queries import delivery_settings
from zhiji.kernel.keyset import page
from zhiji.ops.demo.definitions import SHOP
from zhiji.trade import queries
from zhiji.trade.models import Product

CENT = Decimal("0.01")
PRICE_IF_NEVER_SOLD = Decimal("9.90")
SIZE = 24
IN_SCRIPT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
"""What ends a script element is said otherwise in the JSON within."""


def shown(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Strangers may look; only the demo has a shop."""

    @public
    @require_safe
    @wraps(view)
    def looked(request: HttpRequest, **asked: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, **asked)

    return looked


def framed(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    """A page of the shop, with the tracking script of the demo's source."""
    source = Source.objects.filter(key=SHOP, enabled=True).first()
    context |= {"shop": delivery_settings(), "write_key": source.write_key if source else ""}
    return render(request, f"ops/shop/{name}.html", context)


def priced(products: Sequence[Product]) -> list[dict[str, Any]]:
    """Each with the price that was asked on average."""
    sold = queries.sold([one.pk for one in products])
    found = []
    for one in products:
        figures = sold.get(one.pk)
        price = (figures.amount / figures.quantity).quantize(CENT) if figures and figures.quantity else Decimal(0)
        price = price if price > 0 else PRICE_IF_NEVER_SOLD
        told = {"product_id": one.external_id, "name": one.name, "category": one.category, "price": float(price)}
        found.append({"product": one, "price": price, "told": json.dumps(told, ensure_ascii=False)})
    return found


@shown
def shelf(request: HttpRequest) -> HttpResponse:
    """What is sold, by a part of the name or by category."""
    search, category = (request.GET.get(name, "").replace("\0", "")[:60] for name in ("q", "category"))
    found = page(queries.products(search, category), ("id",), cursor=request.GET.get("cursor", ""), size=SIZE)
    context = {"page": found, "items": priced(found.rows), "search": search, "category": category}
    return framed(request, "shelf", categories=queries.categories()[:12], **context)


@shown
def product(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Product, pk=min(pk, 2**63 - 1))
    (item,) = priced([found])
    seen = {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": found.external_id,
        "name": found.name,
        "category": found.category,
        "offers": {"@type": "Offer", "price": str(item["price"]), "priceCurrency": settings.CURRENCY},
    }
    return framed(request, "product", seen=json.dumps(seen, ensure_ascii=False).translate(IN_SCRIPT), **item)


@shown
def cart(request: HttpRequest) -> HttpResponse:
    """The cart lives in the visitor's browser; the page's script draws it and tells the order."""
    return framed(request, "cart")


@shown
def membership(request: HttpRequest) -> HttpResponse:
    """Register; then the staff's view of whom the shop knows now is a click away."""
    return framed(request, "membership")
