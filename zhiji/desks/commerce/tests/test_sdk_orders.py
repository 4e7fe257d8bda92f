"""An order that a site tells us of becomes an order here, whatever else its event says."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from zhiji.desks.commerce.models import Order, OrderLine, Product
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)


def told(name: str, key: str, identity: str = "user:1", **properties: Any) -> None:
    record([NewFact(name, MAY, "site", key, properties, identity=identity)])
    run_once()


def test_an_order_of_the_tracking_protocol_makes_order_lines_store_and_products() -> None:
    told(
        "order_paid",
        "1",
        order_id="W1",
        amount=66.5,
        store="网店",
        coupon="NEW10",
        products=[
            {"product_id": "p1", "name": "茶", "price": 20, "quantity": 3, "category": "茶饮"},
            {"sku": "p2", "price": "6.5"},
        ],
    )
    order = Order.objects.get(external_id="W1")
    assert (order.amount, order.store and order.store.name, order.coupon_code) == (Decimal("66.5"), "网店", "NEW10")
    assert order.customer_id == Fact.objects.get(name="order_paid").customer_id
    lines = OrderLine.objects.filter(order=order).order_by("key").values_list("product__name", "amount")
    assert list(lines) == [("茶", Decimal("60.00")), ("p2", Decimal("6.50"))]


def test_the_same_order_told_twice_is_one_row() -> None:
    told("order_paid", "1", order_id="W1", amount=1)
    told("order_paid", "2", order_id="W1", amount=2)
    assert Order.objects.get().amount == 1


@pytest.mark.parametrize("amount", ["a lot", None, {}, 1e300, "NaN", True, "1e99"])
def test_an_absurd_amount_stops_nothing(amount: object) -> None:
    told("order_paid", "1", order_id="W1", amount=amount, products=[{"product_id": "x" * 99, "quantity": 1e300}, "?"])
    assert Order.objects.get().amount == 0
    assert Product.objects.get().external_id == "x" * 60


def test_a_refund_is_noted_once_and_never_above_the_amount() -> None:
    told("order_paid", "1", order_id="W1", amount=50)
    told("order_refunded", "2", order_id="W1", amount=20)
    assert Order.objects.get().refunded == 20
    told("order_refunded", "3", order_id="W1", amount=45)
    assert Order.objects.get().refunded == 50


def test_a_refund_of_another_customers_order_changes_nothing() -> None:
    told("order_paid", "1", order_id="W1", amount=50)
    told("order_refunded", "2", identity="user:2", order_id="W1")
    assert Order.objects.get().refunded == 0
