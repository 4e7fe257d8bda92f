"""Named reads of orders, products and stores."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import only_owner, owned_sql, visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.values import identifier, items
from zhiji.kernel.written import written_once
from zhiji.trade.models import Order, OrderLine, Product, Refund, Store


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


@written_once
def last_orders(root_id: int) -> QuerySet[Order]:
    """The last five orders of a root and the customers merged into it, each with its store."""
    same = Customer.objects.filter(root_id=root_id).values("id")
    found = Order.objects.filter(customer_id__in=same).select_related("store")
    return found.order_by("-placed_at", "-id")[:5]


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
class Held:
    """What an order holds: 件数 and 种数; None of an order without lines."""

    items: Decimal | None = None
    kinds: int | None = None


def held(order_ids: Sequence[int]) -> dict[int, Held]:
    """What each of these orders holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT order_id, sum({items.SQL.format("quantity")}), count(DISTINCT product_id) FROM commerce_orderline
            WHERE order_id = ANY(%s) GROUP BY order_id
            """,
            [list(order_ids)],
        )
        found = {order: Held(*counted) for order, *counted in cursor.fetchall()}
    return {order: found.get(order, Held()) for order in order_ids}


@dataclass(frozen=True)
class Sold:
    """How often and for how much a product was sold in paid orders, before refunds."""

    lines: int = 0
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


def sold(product_ids: Sequence[int], owner: int | None = None) -> dict[int, Sold]:
    """What was sold of these products, ever; to everybody or to one owner's customers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT line.product_id, count(*), sum(line.quantity), sum(line.amount)
            FROM commerce_orderline AS line JOIN commerce_order AS paid ON paid.id = line.order_id
            WHERE line.product_id = ANY(%(some)s) AND paid.paid_at IS NOT NULL{_among("paid", owner)}
            GROUP BY line.product_id
            """,
            {"some": list(product_ids), "owner": owner},
        )
        return {product: Sold(*figures) for product, *figures in cursor.fetchall()}


def _among(orders: str, owner: int | None) -> str:
    """Orders of an owner's customers only; nothing is joined for everybody's."""
    if owner is None:
        return ""
    return f" AND {orders}.customer_id IN (SELECT id FROM resolve_customer WHERE {owned_sql('root_id')})"


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


def sold_by_month(product: Product, as_of: datetime, owner: int | None) -> list[tuple[date, int, Decimal]]:
    """(first day of the month, orders, amount) of a product in this month and the eleven before, gaps left out; to
    everybody or to one owner's customers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT date_trunc('month', paid.paid_at AT TIME ZONE %(zone)s)::date AS month, count(*), sum(line.amount)
            FROM commerce_orderline AS line JOIN commerce_order AS paid ON paid.id = line.order_id
            WHERE line.product_id = %(product)s{_among("paid", owner)}
              AND paid.paid_at >= date_trunc('month', %(as_of)s AT TIME ZONE %(zone)s - interval '11 months')
                AT TIME ZONE %(zone)s
            GROUP BY month ORDER BY month
            """,
            {"zone": str(clock.zone()), "product": product.pk, "as_of": as_of, "owner": owner},
        )
        return [(month, orders, amount) for month, orders, amount in cursor.fetchall()]


def stores() -> list[Store]:
    """Every store, by name."""
    return list(Store.objects.order_by("name"))


SPAN = timedelta(days=30)


@dataclass(frozen=True)
class Taken:
    """What a store took: orders that were paid there, by how many customers, and the revenue less refunds."""

    orders: int = 0
    buyers: int = 0
    revenue: Decimal = Decimal(0)


def store_figures(as_of: datetime, store_ids: Sequence[int]) -> dict[int, Taken]:
    """{store id: what it took in the last thirty days}."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT store_id, orders, buyers, revenue FROM ({TAKEN}) AS taken WHERE store_id = ANY(%(some)s)",
            {"start": as_of - SPAN, "end": as_of, "some": list(store_ids), "owner": None},
        )
        return {store: Taken(orders, buyers, revenue) for store, orders, buyers, revenue in cursor.fetchall()}


TAKEN = f"""
    SELECT store_id, sum(orders)::int AS orders, sum(buyers)::int AS buyers, sum(amount) AS revenue FROM (
        SELECT kept.store_id, count(*) AS orders, count(DISTINCT buyer.root_id) AS buyers, sum(kept.amount) AS amount
        FROM commerce_order AS kept JOIN resolve_customer AS buyer ON buyer.id = kept.customer_id
        WHERE kept.paid_at > %(start)s AND kept.paid_at <= %(end)s AND kept.store_id IS NOT NULL
          AND {owned_sql("buyer.root_id")} GROUP BY 1
        UNION ALL
        SELECT kept.store_id, 0, 0, -sum(back.amount)
        FROM commerce_refund AS back JOIN commerce_order AS kept ON kept.id = back.order_id
        JOIN resolve_customer AS buyer ON buyer.id = kept.customer_id
        WHERE back.at > %(start)s AND back.at <= %(end)s AND kept.store_id IS NOT NULL
          AND {owned_sql("buyer.root_id")} GROUP BY 1
    ) AS parts GROUP BY store_id
"""
STORE_SORTS = {
    "revenue": "revenue DESC",
    "orders": "orders DESC",
    "buyers": "buyers DESC",
    "name": "name",
    "code": "external_id",
}


def stores_page(
    as_of: datetime, search: str, sort: str, at: int, size: int, owner: int | None
) -> tuple[list[tuple[Store, Taken]], bool]:
    """Stores by a part of name, code or region with what they took, from place `at` on; and whether there are more.

    Taken from everybody or from one owner's customers. By the busiest first, or another of STORE_SORTS.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT store.id, store.external_id, store.name, store.region, coalesce(taken.orders, 0) AS orders,
                   coalesce(taken.buyers, 0) AS buyers, coalesce(taken.revenue, 0) AS revenue
            FROM commerce_store AS store LEFT JOIN ({TAKEN}) AS taken ON taken.store_id = store.id
            WHERE %(like)s = '' OR store.name ILIKE %(like)s OR store.external_id ILIKE %(like)s
               OR store.region ILIKE %(like)s
            ORDER BY {STORE_SORTS[sort]}, name, id LIMIT %(size)s OFFSET %(at)s
            """,
            {"start": as_of - SPAN, "end": as_of, "like": _like(search), "size": size + 1, "at": at, "owner": owner},
        )
        rows = cursor.fetchall()
    found = [(Store(*row[:4]), Taken(*row[4:])) for row in rows[:size]]
    return found, len(rows) > size


def _like(search: str) -> str:
    plain = re.sub(r"([\\%_])", r"\\\1", search.strip())
    return f"%{plain}%" if plain else ""


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
