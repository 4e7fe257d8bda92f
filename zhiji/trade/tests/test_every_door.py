"""An amount, an order's number and a coupon's code mean the same in a file, an event, a list's address and the API."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from zhiji.access.models import User
from zhiji.flow.collect.models import Source
from zhiji.flow.collect.tests.conftest import Door, door, shop
from zhiji.flow.profile.tests.filing import imported, reasons
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once
from zhiji.trade.models import Order

__all__ = ["door", "shop"]
pytestmark = pytest.mark.django_db(transaction=True)
HEAD = "订单号,会员号,下单时间,实付金额"


@pytest.fixture
def browser(alice: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(alice)


def amounts() -> dict[str, Decimal]:
    return dict(Order.objects.values_list("external_id", "amount"))


def test_amounts_of_a_file_are_right_or_refused_with_a_reason(browser: Client) -> None:
    rows = ('"12,50"', '"1.234,56"', '"1,234.56"', '"￥1,299.00"', "99元", "1.2万")
    text = "\n".join([HEAD, *(f"GM-{n},gm-{n},2026-10-10 10:00:00,{one}" for n, one in enumerate(rows, start=1))])
    run = imported(browser, text, "订单.csv", kind="order")
    assert amounts() == {"GM-3": Decimal("1234.56"), "GM-4": Decimal(1299), "GM-5": Decimal(99)}
    told = reasons(run)
    assert [(row, column) for row, column, _ in told] == [("2", "实付金额"), ("3", "实付金额"), ("7", "实付金额")]
    assert all("逗号" in reason for _, _, reason in told[:2])


def test_the_page_can_say_that_numbers_have_a_decimal_comma(browser: Client) -> None:
    said = {
        "column-id": "订单号",
        "column-customer": "会员号",
        "column-placed_at": "下单时间",
        "column-amount": "实付金额",
    }
    text = f'{HEAD}\nG-1,g,2026-10-10 10:00:00,"12,50"\nG-2,g,2026-10-10 11:00:00,"1.234,56"\n'
    imported(browser, text, "订单.csv", kind="order", kind_was="order", **said, **{"form-amount": "1.234,56"})
    assert amounts() == {"G-1": Decimal("12.50"), "G-2": Decimal("1234.56")}


PLAIN = st.integers(0, 10**7).map("{:,}".format) | st.integers(0, 10**9).map(str)
MARKS = ["{}", " {} ", "¥{}", "￥{}", "{}元", "CNY {}", "{}0", '="{}"', "{}\u200b", "${}", "{}万"]
FIGURES = st.tuples(st.decimals(0, 10**7, places=3).map(str) | PLAIN, st.sampled_from(MARKS)).map(
    lambda pair: pair[1].format(pair[0])
)
ODD_ONES = "12,50 1.234,56 1,23 1e3 1e999999999 NaN - N/A ．５ １２ 1_234 12_5"
ODD = st.sampled_from(ODD_ONES.split()).map(lambda text: text.replace("_", "\u00a0"))
_numbers = iter(range(10**9))


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=st.lists(FIGURES | ODD, min_size=20, max_size=20))
def test_an_amount(shop: Source, door: Door, browser: Client, texts: list[str]) -> None:
    out, ids = io.StringIO(), [next(_numbers) for _ in texts]
    rows: list[Any] = [[f"F-{one}", "f-1", "2026-03-01", text] for one, text in zip(ids, texts, strict=True)]
    csv.writer(out).writerows([HEAD.split(","), *rows])
    imported(browser, out.getvalue(), "订单.csv", kind="order")
    for one, text in zip(ids, texts, strict=True):
        said = {"order_id": f"T-{one}", "total": text}
        door.send("/v1/track", {"userId": "t-1", "event": "Order Completed", "properties": said})
    while run_once():
        pass
    kept = amounts()
    for one, text in zip(ids, texts, strict=True):
        assert kept.get(f"F-{one}") == kept.get(f"T-{one}"), text


@pytest.mark.parametrize("form", ['="{}"', "'{}", "{}\t", "`{}", "{}\ufeff"])
def test_a_number_and_a_code_have_one_writing(shop: Source, door: Door, browser: Client, form: str) -> None:
    out, text = io.StringIO(), form.format("3900000000000000001")
    csv.writer(out).writerows([[*HEAD.split(","), "优惠券"], [text, "f-1", "2026-03-01", "5", " ab cd２ "]])
    imported(browser, out.getvalue(), "订单.csv", kind="order")
    said = {"order_id": text, "total": 5, "coupon": " ab cd２ "}
    door.send("/v1/track", {"userId": "t-1", "event": "Order Refunded", "properties": said | {"total": 5}})
    while run_once():
        pass
    paid, refunded = Fact.objects.filter(name__startswith="order_").order_by("id")
    assert paid.properties["order_id"] == refunded.properties["order_id"] == "3900000000000000001"
    assert paid.properties["coupon"] == "ABCD2"
