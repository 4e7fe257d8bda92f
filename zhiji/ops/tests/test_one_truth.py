"""One number, one truth: every figure that a page, the API or a file shows is what its one function computes.

Over a sample of the demo with refunds, everything that is shown under a figure's name is collected and compared, and
each figure of the catalogue must have been seen. A page that shows another number can't do so under its name.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase

from zhiji.access.models import User
from zhiji.access.roles import permissions
from zhiji.access.tokens import create_token
from zhiji.desks.loyalty.actions import NewCoupon, issue_coupons
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.flow.profile.columns import Column
from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.models import Measures
from zhiji.flow.segment.conditions.words import MEASURE_LABELS
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.figure import figures
from zhiji.kernel.models import Accepted, Fact
from zhiji.kernel.pipeline import run_once
from zhiji.kernel.registry import offered
from zhiji.ops.demo import load
from zhiji.ops.demo.tests.test_demo_load import Screen
from zhiji.ops.tests.truth.walk import Seen, walk
from zhiji.ops.tests.truth.ways import Api, exported, lists
from zhiji.trade.models import Order

STARTS = [
    "/", "/customers/", "/segments/", "/schemes/", "/orders/", "/products/", "/stores/", "/effects/", "/rules/",
    "/coupons/", "/coupon-offers/", "/messages/", "/schemes/lifecycle/", "/schemes/lifecycle/movements/",
    "/schemes/lifecycle/borders/", "/schemes/value/",
]  # fmt: skip
SOME = 4
emptied = TransactionTestCase._fixture_teardown
BACK = (Decimal("1.00"), None, Decimal("99999"))
"""Refunds: a part, all of it, more than all of it."""


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """A sample of the demo, some of its newest orders given back; the clock stands still from now on."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        yield _loaded(patch)
        emptied(TransactionTestCase())


def _loaded(patch: pytest.MonkeyPatch) -> datetime:
    load.run(Screen(), share=0.02)
    newest = Order.objects.select_related("customer").order_by("-paid_at", "-id")[: len(BACK)]
    facts = [
        NewFact("order_refunded", order.paid_at, "t", order.external_id, _said(order, amount), order.customer_id)
        for order, amount in zip(newest, BACK, strict=True)
        if order.paid_at is not None
    ]
    record(facts)
    offer = CouponOffer.objects.order_by("pk")[0]
    issue_coupons(offer, [NewCoupon(newest[0].customer_id, "t")], by=None, as_of=clock.now())
    while Accepted.objects.exists():
        run_once()
    now = clock.now()
    patch.setattr(clock, "now", lambda: now)
    refresh_metrics(now, force=True)
    return now


def _said(order: Order, amount: Decimal | None) -> dict[str, Any]:
    return {"order_id": order.external_id, **({} if amount is None else {"amount": str(amount)})}


def _same(one: Any, other: Any) -> bool:
    """Whether two writings of a value are one value: money to the cent, shares to the millionth."""
    try:
        return abs(Decimal(str(one)) - Decimal(str(other))) < Decimal("0.000001")
    except ArithmeticError:
        moments = [datetime.fromisoformat(str(each)) if each else None for each in (one, other)]
        if None in moments:
            return moments[0] is moments[1]
        return abs(moments[0] - moments[1]) <= timedelta(milliseconds=1)  # JSON tells no finer


@pytest.mark.timeout(600)
def test_every_figure_is_the_same_by_every_way_it_is_shown(
    demo: datetime, alice: User, signed_in: Callable[[User], Client], client: Client
) -> None:
    seen, browser = Seen(), signed_in(alice)
    best = list(Measures.objects.order_by("-amount_ever").values_list("pk", flat=True)[:SOME])
    orders = list(Order.objects.order_by("-paid_at").values_list("pk", flat=True)[:SOME])
    asked = walk(browser, [*STARTS, *(f"/customers/{pk}/" for pk in best), *(f"/orders/{pk}/" for pk in orders)], seen)
    assert len(asked) > 100
    token = create_token(by=alice, user=alice, name="t", scopes=permissions())
    Api(client, token).tell(seen, best, orders)
    lists(seen, alice)
    exported(seen, browser)
    wrong = []
    for (name, of), places in sorted(seen.values.items()):
        truth = figures()[name].compute(demo, of)
        if not all(_same(value, truth) for value in places.values()):
            wrong.append((name, of, truth, places))
    assert not wrong
    assert set(figures()) == {name for name, _of in seen.values}, "a figure that nothing shows, or that has no entry"
    several = {name for (name, _of), places in seen.values.items() if len(places) > 1}
    assert len(several) > 0.8 * len(figures())


def test_revenue_is_the_sum_of_what_orders_say(demo: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount - refunded) FROM commerce_order WHERE paid_at IS NOT NULL")
        (orders,) = cursor.fetchone()
    kept = sum(one.amount_ever for one in Measures.objects.all())
    assert kept == orders
    month = figures()["revenue_30d"].compute(demo, "")
    stores = [
        figures()["store_revenue_30d"].compute(demo, str(pk))
        for pk in set(Order.objects.values_list("store_id", flat=True))
    ]
    assert sum(stores) == month


def test_the_timeline_says_as_many_items_as_the_order(demo: datetime) -> None:
    for order in Order.objects.order_by("-id")[:200]:
        said = Fact.objects.get(name="order_paid", properties__order_id=order.external_id).properties["items"]
        assert said == figures()["order_items"].compute(demo, str(order.pk))


def test_one_figure_has_one_label() -> None:
    labels = {name: str(one.label) for name, one in figures().items()}
    for key, (chinese, _english) in MEASURE_LABELS.items():
        assert labels[key] == chinese
    for one in [*offered(Column), *offered(Filter)]:
        if one.key in labels:
            assert str(one.label) == labels[one.key]
