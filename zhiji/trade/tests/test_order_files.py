"""Orders and lines come in by files: a row each, once, and the fact in the same transaction."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zhiji.flow.collect import files
from zhiji.flow.collect.files import failures
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.resolve.models import Identity
from zhiji.kernel.models import Accepted
from zhiji.trade import queries
from zhiji.trade.models import Order, OrderLine, Product, Store

pytestmark = pytest.mark.django_db
ORDERS = "订单号,会员,时间,金额,门店\nA1,7,2026-03-01 10:00,¥30.50,s1\nA2,8,2026/3/2 11:00,12,s2\nA3,7,bad,1,s1\n"
LINES = "订单号,商品,数量,金额,品类\nA1,p1,2,20.50,水果\nA1,p2,1,10,乳品\nA2,p1,1,12,水果\nA9,p1,1,3,水果\n"
ORDER_MAP: dict[str, Any] = {
    "kind": "order",
    "namespace": "user",
    "columns": {"id": "订单号", "customer": "会员", "placed_at": "时间", "amount": "金额", "store": "门店"},
    "lines": {"file": "lines.csv", "order": "订单号", "category": "品类", "amount": "金额", "quantity": "数量"},
}
LINE_MAP: dict[str, Any] = {
    "kind": "order_line",
    "columns": {"order": "订单号", "product": "商品", "quantity": "数量", "amount": "金额"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    (tmp_path / "lines.csv").write_text(LINES, "utf-8")
    return tmp_path


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.rows, run.taken, run.known, run.failed


def test_an_order_becomes_a_row_of_its_customer_and_a_fact(folder: Path) -> None:
    assert counts(files.run(folder / "orders.csv", ORDER_MAP)) == (3, 2, 0, 1)
    order = Order.objects.get(external_id="A1")
    assert order.customer == Identity.objects.get(key="user:7").customer
    assert (order.amount, order.store and order.store.external_id) == (Decimal("30.50"), "s1")
    fact = Accepted.objects.get(properties__contains='"order_id":"A1"')
    assert fact.customer_id == order.customer_id
    assert fact.properties["amount"] == 30.5


def test_the_lines_file_gives_the_fact_its_categories(folder: Path) -> None:
    files.run(folder / "orders.csv", ORDER_MAP)
    said = Accepted.objects.get(properties__contains='"order_id":"A1"').properties
    assert (said["category"], said["categories"], said["items"]) == ("水果", ["水果", "乳品"], 3)


def test_without_quantities_nobody_says_how_many_items_an_order_has(folder: Path) -> None:
    lines = {name: column for name, column in ORDER_MAP["lines"].items() if name != "quantity"}
    files.run(folder / "orders.csv", ORDER_MAP | {"lines": lines})
    assert "items" not in Accepted.objects.get(properties__contains='"order_id":"A1"').properties


def test_what_is_sold_by_weight_is_one_item_a_line(folder: Path) -> None:
    (folder / "lines.csv").write_text(LINES.replace("A1,p1,2,", "A1,p1,2.35,"), "utf-8")
    files.run(folder / "orders.csv", ORDER_MAP)
    files.run(folder / "lines.csv", LINE_MAP)
    assert Accepted.objects.get(properties__contains='"order_id":"A1"').properties["items"] == 2
    order = Order.objects.get(external_id="A1").pk
    assert queries.held([order])[order] == queries.Held(Decimal(2), 2)


def test_orders_twice_are_one_row_and_one_fact_each(folder: Path) -> None:
    files.run(folder / "orders.csv", ORDER_MAP)
    assert counts(files.run(folder / "orders.csv", ORDER_MAP)) == (3, 0, 2, 1)
    assert (Order.objects.count(), Accepted.objects.count(), Store.objects.count()) == (2, 2, 2)


def test_lines_join_their_orders_and_those_of_no_order_are_refused(folder: Path) -> None:
    files.run(folder / "orders.csv", ORDER_MAP)
    assert counts(files.run(folder / "lines.csv", LINE_MAP)) == (4, 3, 0, 1)
    assert counts(files.run(folder / "lines.csv", LINE_MAP)) == (4, 0, 3, 1)
    assert OrderLine.objects.filter(order__external_id="A1").count() == 2
    assert Product.objects.count() == 2


def test_another_line_of_the_same_product_is_refused_rather_than_lost(folder: Path) -> None:
    files.run(folder / "orders.csv", ORDER_MAP)
    (folder / "lines.csv").write_text(LINES.replace("A9,p1,1,3", "A1,p1,1,3"), "utf-8")
    assert counts(files.run(folder / "lines.csv", LINE_MAP)) == (4, 3, 0, 1)


def test_products_are_mended_by_a_later_file(folder: Path) -> None:
    mapping = {"kind": "product", "columns": {"id": "编号", "name": "名称", "category": "品类"}}
    file = folder / "products.csv"
    file.write_text("编号,名称,品类\np1,苹果,水果\np2,牛奶,\n", "utf-8")
    assert counts(files.run(file, mapping)) == (2, 2, 0, 0)
    file.write_text("编号,名称,品类\np1,红苹果,\np2,牛奶,乳品\np3,梨,水果\n", "utf-8")
    assert counts(files.run(file, mapping)) == (3, 3, 0, 0)
    assert (Product.objects.get(external_id="p1").name, Product.objects.get(external_id="p1").category) == (
        "红苹果",
        "水果",
    )


def test_an_order_in_another_currency_is_refused_with_its_reason(folder: Path) -> None:
    rows = "订单号,会员,时间,金额,币种\nB1,7,2026-03-01,100,USD\nB2,7,2026-03-01,50,人民币\nB3,7,2026-03-01,9,贝壳\n"
    (folder / "orders.csv").write_text(rows + "B4,7,2026-03-01,3,\n", "utf-8")
    columns = {name: column for name, column in ORDER_MAP["columns"].items() if name != "store"}
    run = files.run(folder / "orders.csv", {"kind": "order", "columns": columns | {"currency": "币种"}})
    assert counts(run) == (4, 2, 0, 2)
    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["B2", "B4"]
    told = (failures.folder() / run.failures_file).read_text("utf-8-sig")
    assert "2,币种,是别的货币，不能和本工作区的金额相加；请先换算" in told and "4,币种,应是货币代码" in told


def test_a_line_of_less_than_no_goods_is_refused_and_one_that_takes_off_money_is_taken(folder: Path) -> None:
    files.run(folder / "orders.csv", ORDER_MAP)
    rows = "A1,p1,-1,-20.50,,\nA1,p2,0,0,,1\nA2,voucher,1,-5,,\nA2,p1,1,12,,-3\n"
    (folder / "lines.csv").write_text("订单号,商品,数量,金额,品类,优惠\n" + rows, "utf-8")
    run = files.run(folder / "lines.csv", LINE_MAP | {"columns": LINE_MAP["columns"] | {"discount": "优惠"}})
    assert counts(run) == (4, 3, 0, 1)
    told = (failures.folder() / run.failures_file).read_text("utf-8-sig")
    assert "2,数量,件数不能小于 0；退货请写在原订单的“已退金额”里" in told
    assert "5,优惠,没有写入这个值，其余已收：优惠金额不能小于 0；优惠了多少就写多少，例如 5" in told
    kept = {line.product.external_id: (line.amount, line.discount) for line in OrderLine.objects.all()}
    assert kept == {"p2": (0, 1), "voucher": (-5, 0), "p1": (12, 0)}


def test_an_order_goes_in_without_a_discount_or_a_count_below_nothing(folder: Path) -> None:
    rows = "B1,7,2026-03-01,100,-5,2\nB2,7,2026-03-01,50,5,-2\n"
    (folder / "orders.csv").write_text("订单号,会员,时间,金额,优惠,件数\n" + rows, "utf-8")
    columns = {name: column for name, column in ORDER_MAP["columns"].items() if name != "store"}
    run = files.run(
        folder / "orders.csv", {"kind": "order", "columns": columns | {"discount": "优惠", "items": "件数"}}
    )
    assert counts(run) == (2, 2, 0, 0)
    assert dict(Order.objects.values_list("external_id", "discount")) == {"B1": 0, "B2": 5}
    said = {fact.properties["order_id"]: fact.properties for fact in Accepted.objects.filter(name="order_paid")}
    assert (said["B1"].get("items"), said["B2"].get("items")) == (2, None)
    told = (failures.folder() / run.failures_file).read_text("utf-8-sig")
    assert "：优惠金额不能小于 0" in told and "：件数不能小于 0" in told


def test_lines_that_add_up_to_less_than_nothing_make_no_order_and_no_count(folder: Path) -> None:
    (folder / "lines.csv").write_text(LINES.replace("A1,p2,1,10", "A1,p2,-1,-30"), "utf-8")
    columns = {name: column for name, column in ORDER_MAP["columns"].items() if name != "amount"}
    run = files.run(folder / "orders.csv", ORDER_MAP | {"columns": columns})
    assert counts(run) == (3, 1, 0, 2)
    assert "订单金额不能小于 0" in (failures.folder() / run.failures_file).read_text("utf-8-sig")
    (folder / "lines.csv").write_text(LINES.replace("A1,p2,1,10", "A1,p2,-1,-3"), "utf-8")
    files.run(folder / "orders.csv", ORDER_MAP | {"columns": columns})
    said = {fact.properties["order_id"]: fact.properties for fact in Accepted.objects.filter(name="order_paid")}
    assert (said["A1"]["amount"], said["A1"].get("items"), said["A2"]["items"]) == (17.5, None, 1)
