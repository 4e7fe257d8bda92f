"""Named reads of orders, products and stores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from zhiji.access.models import User
from zhiji.desks.commerce.models import Order, OrderLine, Product, Refund, Store
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import only_owner, visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.values import identifier


@dataclass(frozen=True)
class Wanted:
    """Which orders: of one store (id), of one customer (root), from and to which workspace days, with a coupon, in a
    state, of a number."""

    store: int | None = None
    customer: int | None = None
    since: date | None = None
    until: date | None = None
    coupon: bool = False
    state: str = ""
    number: str = ""


def orders(user: User, wanted: Wanted | None = None) -> QuerySet[Order]:
    """The orders of customers whom `user` may see; each with its store and its customer's root."""
    wanted = wanted or Wanted()
    seen = visible_to(user)
    if wanted.customer is not None:
        seen = seen.filter(pk=wanted.customer)
    found = Order.objects.select_related("store", "customer")
    if wanted.customer is not None or only_owner(user) is not None:
        mine = Customer.objects.filter(root_id__in=seen.values("customer_id"))
        found = found.filter(customer_id__in=mine.values("id"))
    else:
        found = found.filter(customer__root_id__in=seen.values("customer_id"))
    if wanted.store is not None:
        found = found.filter(store_id=wanted.store)
    if wanted.since is not None:
        found = found.filter(placed_at__gte=_begin(wanted.since))
    if wanted.until is not None:
        found = found.filter(placed_at__lt=_begin(wanted.until + timedelta(days=1)))
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.number:
        found = found.filter(external_id=wanted.number)
    return found.exclude(coupon_code="") if wanted.coupon else found


def number_in(text: str) -> str:
    """The order number that somebody typed or pasted, as orders keep it; "" for what can be none."""
    found = identifier.parse(text)
    return found[:80] if isinstance(found, str) else ""


def order(user: User, pk: int) -> Order:
    """One order with its lines and products. Raises Order.DoesNotExist, also where `user` may not look."""
    lines = OrderLine.objects.select_related("product").order_by("id")
    refunds = Refund.objects.order_by("at", "id")
    return orders(user).prefetch_related(Prefetch("lines", lines), Prefetch("refunds", refunds)).get(pk=pk)


def buyers(found: Iterable[Order]) -> dict[int, Portrait]:
    """{root id: portrait} of the orders' customers."""
    return Portrait.objects.in_bulk({one.customer.root_id for one in found})


def products(search: str = "", category: str = "") -> QuerySet[Product]:
    """Products by a part of the name or the whole code, of a category."""
    found = Product.objects.all()
    if category:
        found = found.filter(category=category)
    search = search.strip()
    if search.isascii() and search.isdigit():
        return found.filter(external_id=search)
    return found.filter(name__icontains=search) if search else found


@dataclass(frozen=True)
class Sold:
    """How often and for how much a product was sold."""

    lines: int = 0
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


def sold(product_ids: Sequence[int]) -> dict[int, Sold]:
    """What was sold of these products, ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT product_id, count(*), sum(quantity), sum(amount) FROM commerce_orderline
            WHERE product_id = ANY(%s) GROUP BY product_id
            """,
            [list(product_ids)],
        )
        return {product: Sold(*figures) for product, *figures in cursor.fetchall()}


def categories() -> list[str]:
    """Every category in use, by hops over the index rather than a scan."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE hop(category) AS (
                (SELECT category FROM commerce_product WHERE category > '' ORDER BY category LIMIT 1)
                UNION ALL
                SELECT (SELECT category FROM commerce_product WHERE category > hop.category ORDER BY category LIMIT 1)
                FROM hop WHERE hop.category IS NOT NULL
            )
            SELECT category FROM hop WHERE category IS NOT NULL
            """
        )
        return [category for (category,) in cursor.fetchall()]


def sold_by_month(product: Product, as_of: datetime) -> list[tuple[date, int, Decimal]]:
    """(first day of the month, orders, amount) of a product over the last twelve months, gaps left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT date_trunc('month', paid.placed_at AT TIME ZONE %s)::date AS month, count(*), sum(line.amount)
            FROM commerce_orderline AS line JOIN commerce_order AS paid ON paid.id = line.order_id
            WHERE line.product_id = %s AND paid.placed_at > %s - interval '1 year'
            GROUP BY month ORDER BY month
            """,
            [str(clock.zone()), product.pk, as_of],
        )
        return [(month, orders, amount) for month, orders, amount in cursor.fetchall()]


def stores() -> list[Store]:
    """Every store, by code."""
    return list(Store.objects.order_by("name"))


def store_figures(as_of: datetime, days: int = 30) -> dict[int, tuple[int, int, Decimal]]:
    """{store id: (orders, customers, amount)} of the last `days`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT store_id, count(*), count(DISTINCT customer_id), sum(amount) FROM commerce_order
            WHERE placed_at > %s AND placed_at <= %s AND store_id IS NOT NULL GROUP BY store_id
            """,
            [as_of - timedelta(days=days), as_of],
        )
        return {store: (orders, people, amount) for store, orders, people, amount in cursor.fetchall()}


def favourites(customer_id: int, limit: int = 5) -> list[dict[str, Any]]:
    """What a customer (a root) buys most often: product id, name, category, times, quantity."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT product.id, product.name, product.category, bought.times, bought.quantity
            FROM (SELECT line.product_id, count(*) AS times, sum(line.quantity) AS quantity
                  FROM commerce_orderline AS line
                  WHERE line.order_id IN (SELECT id FROM commerce_order WHERE customer_id IN
                        (SELECT id FROM resolve_customer WHERE root_id = %s))
                  GROUP BY line.product_id ORDER BY times DESC, sum(line.amount) DESC LIMIT %s) AS bought
            JOIN commerce_product AS product ON product.id = bought.product_id
            ORDER BY bought.times DESC
            """,
            [customer_id, limit],
        )
        names = ("id", "name", "category", "times", "quantity")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), clock.zone())
