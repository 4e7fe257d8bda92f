"""Orders and products over the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema

from zhiji.access.tokens import scoped
from zhiji.kernel.keyset import page
from zhiji.trade import queries
from zhiji.trade.models import Order, Product
from zhiji.trade.queries import Wanted

router = Router(tags=["orders"])
LARGEST = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Size = Annotated[int, Query(ge=1, le=200)]


class OrderOut(Schema):
    """`customer` is the root's id; money in the workspace's currency, `amount` what was paid after `discount`, of which
    `refunded` was given back. A number is unique within its `shop`, which is empty for the house's own. `state` is
    paid, unpaid, closed, part_refunded or refunded; who isn't paid has no `paid_at` and counts in no figure."""

    id: int
    external_id: str
    shop: str
    customer: int
    store: str
    state: str
    placed_at: datetime
    paid_at: datetime | None
    amount: Decimal
    discount: Decimal
    refunded: Decimal
    coupon: str


class LineOut(Schema):
    product: str
    name: str
    category: str
    quantity: Decimal
    amount: Decimal
    discount: Decimal


class OrderWithLines(OrderOut):
    """`items` is the sum of the quantities (what is sold by weight counts once a line), `kinds` how many products; null
    where the order came without lines."""

    items: Decimal | None
    kinds: int | None
    lines: list[LineOut]


class OrderPage(Schema):
    """`next` is the cursor of the next page, empty at the end."""

    rows: list[OrderOut]
    next: str


class ProductOut(Schema):
    id: int
    external_id: str
    name: str
    category: str
    department: str
    brand: str


class ProductPage(Schema):
    rows: list[ProductOut]
    next: str


@router.get("/orders", response=OrderPage, summary="Orders, newest first")
def list_orders(
    request: HttpRequest,
    customer: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    store: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    since: date | None = None,
    until: date | None = None,
    coupon: bool = False,
    state: Literal["", "paid", "unpaid", "closed", "part_refunded", "refunded"] = "",
    number: Annotated[str, Query(max_length=80)] = "",
    size: Size = 50,
    cursor: str = "",
) -> dict[str, object]:
    """Orders of the customers that the token's user sees. `since` and `until` are workspace days."""
    user = scoped(request, "orders:read")
    wanted = Wanted(store, customer, _sane(since), _sane(until), coupon, state, queries.number_in(number))
    found = page(queries.orders(user, wanted), ("-placed_at", "-id"), size, cursor)
    return {"rows": [_out(one) for one in found.rows], "next": found.next}


@router.get("/orders/{id}", response=OrderWithLines, summary="An order with its lines")
def get_order(request: HttpRequest, id: Id) -> dict[str, object]:
    user = scoped(request, "orders:read")
    try:
        found = queries.order(user, id)
    except Order.DoesNotExist:
        raise Http404 from None
    lines = [
        {
            "product": line.product.external_id,
            "name": line.product.name,
            "category": line.product.category,
            "quantity": line.quantity,
            "amount": line.amount,
            "discount": line.discount,
        }
        for line in found.lines.all()
    ]
    held = queries.held([found.pk])[found.pk]
    return {**_out(found), "items": held.items, "kinds": held.kinds, "lines": lines}


@router.get("/products", response=ProductPage, summary="Products")
def list_products(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=60)] = "",
    category: Annotated[str, Query(max_length=120)] = "",
    size: Size = 50,
    cursor: str = "",
) -> dict[str, object]:
    """Products by a part of the name or the whole code (`q`), of a category."""
    scoped(request, "orders:read")
    found = page(queries.products(q.replace("\0", ""), category.replace("\0", "")), ("id",), size, cursor)
    return {"rows": [_product(one) for one in found.rows], "next": found.next}


def _sane(day: date | None) -> date | None:
    return day.replace(year=min(max(day.year, 1900), 2199), day=min(day.day, 28)) if day and _odd(day) else day


def _odd(day: date) -> bool:
    return not 1900 <= day.year <= 2199


def _out(order: Order) -> dict[str, object]:
    return {
        "id": order.pk,
        "external_id": order.external_id,
        "shop": order.shop,
        "customer": order.customer.root_id,
        "store": order.store.name if order.store else "",
        "state": order.state,
        "placed_at": order.placed_at,
        "paid_at": order.paid_at,
        "amount": order.amount,
        "discount": order.discount,
        "refunded": order.refunded,
        "coupon": order.coupon_code,
    }


def _product(product: Product) -> dict[str, object]:
    names = ("external_id", "name", "category", "department", "brand")
    return {"id": product.pk, **{name: getattr(product, name) for name in names}}
