"""A figure of an event is read as one of a file is; one that can't be read is refused, also among the products."""

import time
from typing import Any

import pytest

from zhiji.flow.collect.models import Source
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db(transaction=True)


def ordered(door: Door, **properties: Any) -> Any:
    body = {"userId": "gx-1", "event": "Order Completed", "properties": {"order_id": "GX-1", **properties}}
    return door.send("/v1/track", body)


def product(**said: Any) -> list[dict[str, Any]]:
    return [{"product_id": "a", "price": 1000, "quantity": 2, **said}, {"product_id": "b", "price": 50, "quantity": 1}]


def test_the_prices_of_products_are_read_as_totals_are(door: Door, shop: Source) -> None:
    assert ordered(door, products=product(price="1,000.00", quantity="2", product_id='="a"')).status_code == 200
    said = Accepted.objects.get().properties
    assert (said["amount"], said["items"]) == (2050, 3)
    assert said["products"][0] == {"product_id": "a", "price": 1000, "quantity": 2}


@pytest.mark.parametrize("odd", ["12,50", "1.234,56", "much", "1e999999999", "$5", True, {"a": 1}, [1], 1e13, "9" * 60])
@pytest.mark.parametrize("name", ["price", "quantity", "discount"])
def test_a_figure_among_the_products_that_cannot_be_read_is_refused_with_its_place(
    door: Door, shop: Source, name: str, odd: Any
) -> None:
    began = time.perf_counter()
    answer = ordered(door, products=product(**{name: odd}))
    assert time.perf_counter() - began < 1
    assert (answer.status_code, answer.json()["place"]) == (400, f"properties.products[0].{name}")
    assert answer.json()["reason"] == "bad_number"
    assert not Accepted.objects.exists()


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1,299.00", 1299),
        ("￥1,299.50", 1299.5),
        ("99元", 99),
        ("12,50", None),
        ("1.234,56", None),
        ("1e999999999", None),
    ],
)
def test_a_total_is_read_as_in_a_file(door: Door, shop: Source, text: str, right: Any) -> None:
    answer = ordered(door, total=text)
    assert answer.status_code == (200 if right is not None else 400)
    assert [fact.properties["amount"] for fact in Accepted.objects.all()] == ([] if right is None else [right])


@pytest.mark.parametrize(
    ("name", "properties", "place"),
    [
        ("Order Completed", {"total": -5}, "amount"),
        ("Order Completed", {"total": "-5.00"}, "amount"),
        ("order_paid", {"amount": -0.01}, "amount"),
        ("Order Completed", {"products": product(price=-1000)}, "amount"),
        ("Order Completed", {"total": 5, "discount": "-1"}, "discount"),
        ("Order Completed", {"total": 5, "products": product(quantity=-1)}, "products[0].quantity"),
        ("Order Completed", {"total": 5, "products": product(discount="-1")}, "products[0].discount"),
        ("Order Refunded", {"total": -5}, "amount"),
    ],
)
def test_what_cannot_be_below_nothing_is_refused_with_what_to_send_instead(
    door: Door, shop: Source, name: str, properties: dict[str, Any], place: str
) -> None:
    event = {"type": "track", "userId": "gx-1", "event": name, "properties": {"order_id": "GX-1", **properties}}
    answer = door.send("/v1/track", event)
    assert (answer.status_code, answer.json()["reason"]) == (400, "below_nothing")
    assert answer.json()["place"] == f"properties.{place}" and "Order Refunded" in answer.json()["message"]
    assert not Accepted.objects.exists()


def test_an_order_of_nothing_and_a_discount_that_is_listed_as_a_product_are_taken(door: Door, shop: Source) -> None:
    assert ordered(door, total=0).status_code == 200
    products = [*product(), {"product_id": "voucher", "price": "-50", "quantity": 1}]
    assert ordered(door, order_id="GX-2", products=products).status_code == 200
    assert [fact.properties["amount"] for fact in Accepted.objects.order_by("id")] == [0, 2000]


def test_numbers_of_orders_and_codes_of_coupons_have_one_writing(door: Door, shop: Source) -> None:
    ordered(door, order_id='="GX-9"', total=5, coupon=" ab cd ２")
    said = Accepted.objects.get().properties
    assert (said["order_id"], said["coupon"]) == ("GX-9", "ABCD2")


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("Order Completed", {"total": 100}),
        ("Order Refunded", {"total": 100}),
        ("Product Added", {"product_id": "a", "price": 100}),
        ("Checkout Started", {"value": 100}),
    ],
)
def test_an_amount_in_another_currency_is_refused_and_one_in_our_own_is_taken(
    door: Door, shop: Source, name: str, properties: dict[str, Any]
) -> None:
    event = {"type": "track", "userId": "gx-2", "event": name}
    written = ("USD", "€", "galleons", "rmb", "N/A")
    said = [{**event, "properties": properties | {"currency": one, "order_id": one}} for one in written]
    answer = door.send("/v1/batch", {"batch": said}).json()
    assert [one["place"] for one in answer["reasons"]] == [f"batch[{n}].properties.currency" for n in range(3)]
    assert "CNY" in answer["reasons"][0]["reason"]
    currencies = [fact.properties.get("currency") for fact in Accepted.objects.order_by("id")]
    assert currencies == ["CNY", None]


def test_a_workspace_in_another_currency_takes_its_own(door: Door, shop: Source, settings: Any) -> None:
    settings.CURRENCY = "USD"
    assert ordered(door, total="$99", currency="usd").status_code == 200
    assert ordered(door, total="¥99", order_id="GX-2").status_code == 400
    assert [fact.properties["amount"] for fact in Accepted.objects.all()] == [99]
