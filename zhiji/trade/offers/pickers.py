"""Products to choose by name where a property holds their number."""

from collections.abc import Sequence

from zhiji.flow.segment.catalogue.picker import Picked, Picker
from zhiji.trade.models import Product

MOST = 40


def products(text: str, values: Sequence[str]) -> list[Picked]:
    """Those of these numbers; or by a part of the name, by number, category or brand; the newest without a text."""
    found = Product.objects.all()
    if values:
        found = found.filter(external_id__in=values)
    elif text.strip():
        found = found.filter(name__icontains=text.strip()) | found.filter(external_id=text.strip())
        found = found | Product.objects.filter(category=text.strip()) | Product.objects.filter(brand=text.strip())
    return [_picked(one) for one in found.order_by("-id")[:MOST]]


def _picked(one: Product) -> Picked:
    return Picked(one.external_id, one.name, " · ".join(filter(None, (one.external_id, one.category, one.brand))))


OFFERS = (Picker("product", ("product_id", "sku", "product"), products),)
