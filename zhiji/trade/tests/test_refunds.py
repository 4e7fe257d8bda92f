"""What is given back lowers an order once, by no more than was paid; the facts add up to what the orders say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, Sum

from zhiji.flow.profile.models import Measures
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once
from zhiji.trade.models import Order, Refund

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)


def told(name: str, key: str, identity: str = "user:1", days: int = 0, **properties: Any) -> None:
    said = {"order_id": "W1", **properties}
    record([NewFact(name, MAY + timedelta(days=days), "site", key, said, identity=identity)])
    run_once()


def net() -> Decimal:
    """What the facts add up to; the orders must say the same."""
    amounts = {"order_paid": Decimal(0), "order_refunded": Decimal(0)}
    for fact in Fact.objects.filter(name__in=amounts):
        amounts[fact.name] += Decimal(str(fact.properties.get("amount", 0)))
    orders = Order.objects.exclude(paid_at=None).aggregate(all=Sum(F("amount") - F("refunded")))["all"] or 0
    assert amounts["order_paid"] - amounts["order_refunded"] == orders
    return Decimal(orders)


def test_a_refund_says_what_it_lowers_the_order_by() -> None:
    told("order_paid", "1", amount=50)
    told("order_refunded", "2", days=2, amount=20)
    assert (net(), Order.objects.get().state) == (30, "part_refunded")
    told("order_refunded", "3", days=3, amount=45)
    assert (net(), Order.objects.get().state) == (0, "refunded")
    last = Fact.objects.filter(name="order_refunded").latest("id")
    assert (last.properties["amount"], last.properties["told"]) == (30, 45)
    assert [(one.amount, one.at) for one in Refund.objects.order_by("id")] == [
        (20, MAY + timedelta(days=2)), (30, MAY + timedelta(days=3))]  # fmt: skip


def test_the_kept_measures_are_what_is_left() -> None:
    told("order_paid", "1", amount=50)
    told("order_paid", "2", order_id="W2", amount=7)
    told("order_refunded", "3", days=2, amount=20)
    kept = Measures.objects.get()
    assert (kept.amount_ever, kept.orders_ever, kept.basket_average) == (37, 2, Decimal("28.50"))


def test_a_refund_without_an_amount_is_all_of_it() -> None:
    told("order_paid", "1", amount=50)
    told("order_refunded", "2")
    assert net() == 0
    assert Fact.objects.get(name="order_refunded").properties["amount"] == 50


def test_a_refund_told_twice_lowers_once() -> None:
    told("order_paid", "1", amount=50)
    for _ in range(2):
        told("order_refunded", "2", amount=20)
    assert net() == 30


def test_a_refund_before_its_order_waits_for_it() -> None:
    told("order_refunded", "2", days=1, amount=20)
    assert net() == 0
    told("order_paid", "1", amount=50)
    assert (net(), Order.objects.get().refunded) == (30, 20)
    assert Fact.objects.filter(name="order_refunded").latest("id").occurred_at == MAY + timedelta(days=1)


def test_an_order_and_its_refund_may_come_in_one_batch_in_either_order() -> None:
    said = {"order_id": "W1", "amount": 50}
    record(
        [
            NewFact("order_refunded", MAY, "site", "2", {"order_id": "W1"}, identity="user:1"),
            NewFact("order_paid", MAY, "site", "1", said, identity="user:1"),
        ]
    )
    run_once()
    assert (net(), Order.objects.get().state) == (0, "refunded")


def test_a_refund_of_another_customers_order_counts_for_nobody() -> None:
    told("order_paid", "1", amount=50)
    told("order_refunded", "2", identity="user:2", amount=50)
    assert net() == 50


def test_a_cancelled_order_that_was_paid_is_given_back_and_one_that_was_not_is_closed() -> None:
    told("order_paid", "1", amount=50)
    told("order_refunded", "2", amount=20)
    told("order_cancelled", "3", days=4)
    assert (net(), Order.objects.get().state) == (0, "refunded")
    assert Refund.objects.latest("id").at == MAY + timedelta(days=4)
    told("order_updated", "4", order_id="W2", amount=9, status="待付款")
    told("order_cancelled", "5", order_id="W2")
    assert (net(), Order.objects.get(external_id="W2").state) == (0, "closed")


@pytest.mark.parametrize(("status", "left"), [("refunded", 0), ("交易关闭", 0), ("已发货", 50), ("whatever", 50)])
def test_an_update_says_by_its_status_what_became_of_an_order(status: str, left: int) -> None:
    told("order_paid", "1", amount=50)
    told("order_updated", "2", amount=70, status=status)
    assert net() == left


def test_an_order_that_waits_for_its_payment_is_paid_by_an_update_once() -> None:
    told("order_updated", "1", amount=50, status="pending", products=[{"product_id": "a", "price": 50}])
    assert (net(), Order.objects.get().state) == (0, "unpaid")
    for key in ("2", "3"):
        told("order_updated", key, days=1, status="paid")
    assert (net(), Order.objects.get().state) == (50, "paid")
    assert Fact.objects.get(name="order_paid").occurred_at == MAY + timedelta(days=1)


def test_the_same_number_of_another_shop_is_another_order_for_events_too() -> None:
    told("order_paid", "1", amount=50)
    told("order_paid", "2", "user:2", amount=70, shop="乙店")
    told("order_refunded", "3", "user:2", amount=70, shop="乙店")
    assert net() == 50
    assert list(Order.objects.order_by("amount").values_list("shop", "refunded")) == [("", 0), ("乙店", 70)]
