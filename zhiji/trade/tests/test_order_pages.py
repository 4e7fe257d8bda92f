"""Orders on screen and by API: found by what is asked, and by those who may see the customer."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.profile.actions import assign_owner
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once
from zhiji.trade.models import Order, OrderLine, Product, Store

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)
SignedIn = Callable[[User], Client]


@pytest.fixture
def orders() -> list[Order]:
    """One order of Li (store 东店, with a coupon), one of Wang (西店)."""
    for number, (name, store, coupon) in enumerate((("李雷", "东店", "C1"), ("王芳", "西店", "")), start=1):
        products = [{"product_id": f"p{number}", "name": f"商品{number}", "price": 5, "quantity": 2}]
        said = {"order_id": f"NO-{number}", "amount": 10, "store": store, "coupon": coupon, "products": products}
        record(
            [
                NewFact("customer_identified", MAY, "t", name, {"traits": {"name": name}}, identity=f"user:{number}"),
                NewFact("order_paid", MAY, "t", f"NO-{number}", said, identity=f"user:{number}"),
            ]
        )
    run_once()
    return list(Order.objects.order_by("external_id"))


def test_the_list_shows_who_bought_where(orders: list[Order], anna: User, signed_in: SignedIn) -> None:
    page = signed_in(anna).get("/orders/").content.decode()
    assert all(text in page for text in ("NO-1", "李雷", "东店", "NO-2", "王芳", "西店"))


def test_the_list_is_narrowed_by_store_coupon_and_day(orders: list[Order], anna: User, signed_in: SignedIn) -> None:
    browser, store = signed_in(anna), Store.objects.get(name="西店")
    Order.objects.filter(external_id="NO-2").update(state="unpaid", paid_at=None)
    for question, there, not_there in (
        ("state=unpaid", "NO-2", "NO-1"),
        ("q=NO-1", "NO-1", "NO-2"),
        (f"store={store.pk}", "NO-2", "NO-1"),
        ("coupon=1", "NO-1", "NO-2"),
        (f"customer={orders[0].customer_id}", "NO-1", "NO-2"),
    ):
        page = browser.get(f"/orders/?{question}", headers={"HX-Request": "true"}).content.decode()
        assert there in page
        assert not_there not in page
    assert "NO-1" not in browser.get("/orders/?placed_from=2026-05-04").content.decode()


def test_an_order_number_finds_the_orders_of_every_shop_and_their_customers(
    orders: list[Order], anna: User, signed_in: SignedIn
) -> None:
    said = {"order_id": "NO-1", "amount": 7, "shop": "乙店"}
    record([NewFact("order_paid", MAY, "t", "again", said, identity="user:2")])
    run_once()
    browser = signed_in(anna)
    for written in ("NO-1", '="NO-1"', " no-1 ".upper()):
        found = browser.get("/palette/", {"q": written}).content.decode()
        assert found.count(">NO-1<") == 2
        assert all(text in found for text in ("东店", "乙店", "李雷", "王芳"))
    listed = browser.get("/orders/", {"q": "NO-1"}, headers={"HX-Request": "true"}).content.decode()
    assert listed.count(">NO-1<") == 2
    assert "李雷" in browser.get("/customers/", {"q": "NO-1"}).content.decode()


def test_a_salesperson_finds_no_order_of_another_customer(orders: list[Order], bob: User, signed_in: SignedIn) -> None:
    assign_owner(customer_ids=[orders[0].customer_id], owner=bob, by=None)
    run_once()
    browser = signed_in(bob)
    assert "NO-1" in browser.get("/palette/", {"q": "NO-1"}).content.decode()
    assert "没有找到" in browser.get("/palette/", {"q": "NO-2"}).content.decode()


def test_sales_see_only_orders_of_their_customers(orders: list[Order], bob: User, signed_in: SignedIn) -> None:
    assign_owner(customer_ids=[orders[0].customer_id], owner=bob, by=None)
    run_once()
    browser = signed_in(bob)
    page = browser.get("/orders/").content.decode()
    assert "NO-1" in page
    assert "NO-2" not in page
    assert browser.get(f"/orders/{orders[0].pk}/").status_code == 200
    assert browser.get(f"/orders/{orders[1].pk}/").status_code == 404
    assert "NO-2" not in browser.get(f"/orders/?customer={orders[1].customer_id}").content.decode()


def test_an_order_shows_its_lines(orders: list[Order], sue: User, signed_in: SignedIn) -> None:
    page = signed_in(sue).get(f"/orders/{orders[0].pk}/").content.decode()
    assert "商品1" in page
    assert "李雷" in page


def test_an_order_shows_its_shop_its_state_and_what_was_given_back(
    orders: list[Order], anna: User, signed_in: SignedIn
) -> None:
    said = {"order_id": "NO-1", "amount": 4}
    record([NewFact("order_refunded", MAY, "t", "back", said, identity="user:1")])
    run_once()
    page = signed_in(anna).get(f"/orders/{orders[0].pk}/").content.decode()
    assert all(text in page for text in ("部分退款", "¥4.00", "2026-05-03 17:00"))
    assert "部分退款" in signed_in(anna).get("/orders/").content.decode()


def test_products_are_found_by_a_part_of_the_name(orders: list[Order], anna: User, signed_in: SignedIn) -> None:
    browser = signed_in(anna)
    page = browser.get("/products/?q=品2").content.decode()
    assert "商品2" in page
    assert "商品1" not in page
    assert "商品2" in browser.get(f"/products/{Product.objects.get(name='商品2').pk}/").content.decode()


def test_stores_are_listed(orders: list[Order], anna: User, signed_in: SignedIn) -> None:
    assert "东店" in signed_in(anna).get("/stores/").content.decode()


def test_orders_by_api_keep_to_what_the_token_may(orders: list[Order], bob: User, client: Client) -> None:
    assign_owner(customer_ids=[orders[0].customer_id], owner=bob, by=None)
    run_once()
    token = create_token(by=bob, user=bob, name="t", scopes=["orders:read"])
    headers = {"Authorization": f"Bearer {token}"}
    assert [row["external_id"] for row in client.get("/api/orders", headers=headers).json()["rows"]] == ["NO-1"]
    assert client.get(f"/api/orders/{orders[1].pk}", headers=headers).status_code == 404
    lines = client.get(f"/api/orders/{orders[0].pk}", headers=headers).json()["lines"]
    assert [line["product"] for line in lines] == ["p1"]
    assert OrderLine.objects.count() == 2


def test_a_token_without_the_scope_reads_no_orders(orders: list[Order], alice: User, client: Client) -> None:
    token = create_token(by=alice, user=alice, name="t", scopes=["rules:read"])
    answer = client.get("/api/orders", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
