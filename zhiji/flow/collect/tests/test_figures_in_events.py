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


def test_numbers_of_orders_and_codes_of_coupons_have_one_writing(door: Door, shop: Source) -> None:
    ordered(door, order_id='="GX-9"', total=5, coupon=" ab cd ２")
    said = Accepted.objects.get().properties
    assert (said["order_id"], said["coupon"]) == ("GX-9", "ABCD2")
