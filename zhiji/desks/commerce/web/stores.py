"""Stores with their last thirty days."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zhiji.desks.commerce import queries
from zhiji.desks.commerce.web.orders import asker
from zhiji.kernel import clock

DAYS = 30


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every store, the busiest first."""
    asker(request)
    figures = queries.store_figures(clock.now(), DAYS)
    rows = [(store, *figures.get(store.pk, (0, 0, Decimal(0)))) for store in queries.stores()]
    rows.sort(key=lambda row: (-row[3], row[0].name))
    return render(request, "commerce/stores.html", {"rows": rows, "days": DAYS})
