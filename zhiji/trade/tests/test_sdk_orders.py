"""An order that a site tells us of becomes an order here, whatever else its event says."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from zhiji.flow.collect.files.record import Origin
from zhiji.flow.collect.models import Source
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once
from zhiji.trade.actions.orders import record_orders
from zhiji.trade.columns import ORDER
from zhiji.trade.models import Order, OrderLine, Product

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


def test_the_same_order_told_twice_is_one_row_and_one_fact() -> None:
    told("order_paid", "1", order_id="W1", amount=1)
    told("order_paid", "2", order_id=" W1", amount=2)
    told("order_paid", "3", order_id="W2", amount=2)
    assert [order.amount for order in Order.objects.order_by("external_id")] == [1, 2]
    assert list(Fact.objects.order_by("id").values_list("properties__amount", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["file", "sdk"])
def test_an_order_by_file_and_by_the_tracking_protocol_is_one_fact(first: str) -> None:
    source = Source.objects.create(key="shop", name="网店", write_key="wk")

    def by_file() -> None:
        row = dict.fromkeys(one.name for one in ORDER) | {
            "_row": 2,
            "id": "W1",
            "customer": "7",
            "placed_at": MAY,
            "amount": Decimal(9),
            "discount": Decimal(0),
            "store": "s",
        }
        more = {"coupon": "", "category": "茶", "categories": "茶", "items": 1}
        record_orders(rows=pa.Table.from_pylist([row | more]), origin=Origin("user", source.pk), by=None)

    def by_sdk() -> None:
        event = {"type": "track", "event": "order_paid", "userId": "7", "messageId": "m",
                 "properties": {"order_id": "W1", "amount": 9}}  # fmt: skip
        assert Door().send("/v1/batch", {"batch": [event, event | {"messageId": "n"}]}, key="wk").status_code == 200

    for tell in (by_file, by_sdk) if first == "file" else (by_sdk, by_file):
        tell()
    run_once()
    assert Fact.objects.filter(name="order_paid").count() == Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_completed_order_that_says_it_is_not_paid_is_paid_by_the_next_event() -> None:
    Source.objects.create(key="shop", name="网店", write_key="wk")

    def send(number: int, status: str, event: str = "order_paid") -> None:
        body = {"type": "track", "event": event, "userId": "7", "messageId": f"m{number}",
                "properties": {"order_id": "W1", "amount": 9, "status": status}}  # fmt: skip
        assert Door().send("/v1/batch", {"batch": [body]}, key="wk").status_code == 200
        run_once()

    send(1, "等待买家付款")
    assert Order.objects.get().state == "unpaid"
    assert not Fact.objects.filter(name="order_paid").exists()
    send(2, "买家已付款")
    send(3, "退款成功", "order_updated")
    assert (Order.objects.get().state, Order.objects.get().refunded) == ("refunded", 9)
    assert [fact.properties["amount"] for fact in Fact.objects.exclude(name="order_updated").order_by("id")] == [9, 9]


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
