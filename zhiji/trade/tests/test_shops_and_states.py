"""An order file says whose number it is and where the order stands: only what was paid counts as paid."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from zhiji.access.models import User
from zhiji.flow.collect import files
from zhiji.flow.collect.files import asking, failures
from zhiji.flow.collect.files.mapping import records, suggest
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.profile.models import Portrait
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once
from zhiji.trade import queries
from zhiji.trade.models import Order, OrderLine, Refund, Store

pytestmark = pytest.mark.django_db
HEADER = "订单号,会员号,下单时间,实付金额,店铺,订单状态,已退金额,退款时间"


def taken(folder: Path, rows: str, namespace: str = "user", header: str = HEADER, **more: Any) -> ImportRun:
    """Import rows as the page would map them, and let the pipeline work."""
    file = folder / "orders.csv"
    file.write_text(f"{header}\n{rows}\n", "utf-8")
    columns = suggest(records()["order"], header.split(","))
    run = files.run(file, {"kind": "order", "namespace": namespace, "columns": columns, **more})
    run_once()
    return run


def counts(run: ImportRun) -> tuple[int, int, int]:
    return run.taken, run.known, run.failed


def reasons(run: ImportRun) -> str:
    return failures.folder().joinpath(run.failures_file).read_text("utf-8-sig")


def paid() -> list[tuple[str, Any]]:
    return list(Fact.objects.filter(name="order_paid").order_by("id").values_list(
        "properties__order_id", "properties__amount"))  # fmt: skip


def test_the_same_number_of_another_shop_is_another_order(tmp_path: Path) -> None:
    assert counts(taken(tmp_path, "1001,sa-1,2026-10-01 10:00:00,100,甲店,,,", "shopa")) == (1, 0, 0)
    assert counts(taken(tmp_path, "1001,sb-1,2026-10-11 10:00:00,999,乙店,,,", "shopb")) == (1, 0, 0)
    assert {(one.shop, one.amount) for one in Order.objects.all()} == {("甲店", 100), ("乙店", 999)}
    assert [amount for _, amount in paid()] == [100, 999]
    assert Store.objects.count() == 2


def test_without_a_shop_column_the_namespace_is_the_shop(tmp_path: Path) -> None:
    header = "订单号,会员号,下单时间,实付金额"
    taken(tmp_path, "1001,sa-1,2026-10-01 10:00:00,100", "shopa", header)
    assert counts(taken(tmp_path, "1001,sb-1,2026-10-11 10:00:00,999", "shopb", header)) == (1, 0, 0)
    assert counts(taken(tmp_path, "1001,sb-1,2026-10-11 10:00:00,999", "shopb", header)) == (0, 1, 0)
    assert Order.objects.count() == len(paid()) == 2


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("1001,m-2,2026-10-01 10:00:00,100,,,,", "客户不同"),
        ("1001,m-1,2026-10-11 10:00:00,100,,,,", "时间不同"),
        ("1001,m-1,2026-10-01 10:00:00,999,,,,", "金额不同"),
    ],
)
def test_another_order_under_a_number_is_refused_and_never_known(tmp_path: Path, row: str, what: str) -> None:
    taken(tmp_path, "1001,m-1,2026-10-01 10:00:00,100,,,,")
    run = taken(tmp_path, row)
    assert counts(run) == (0, 0, 1)
    assert what in reasons(run)
    assert [order.amount for order in Order.objects.all()] == [100]


def test_another_order_of_a_shop_that_is_named_is_not_sent_to_name_it(tmp_path: Path) -> None:
    taken(tmp_path, "1001,m-1,2026-10-01 10:00:00,100,甲店,,,")
    run = taken(tmp_path, "1001,m-1,2026-10-01 10:00:00,999,甲店,,,")
    assert "这家店的订单号 1001 已有另一笔，金额不同" in reasons(run) and "请对应" not in reasons(run)


def test_reasons_are_in_the_language_of_whoever_asked_for_the_import(tmp_path: Path) -> None:
    taken(tmp_path, "1001,m-1,2026-10-01 10:00:00,100,,,,")
    for number, language in enumerate(("en", "zh-hans")):
        file = tmp_path / f"{language}.csv"
        file.write_text(f"{HEADER}\n1001,m-1,2026-10-01 10:00:00,{500 + number},,,,\n", "utf-8")
        columns = suggest(records()["order"], HEADER.split(","))
        with override(language):
            run = asking.ask(file=file, given={"kind": "order", "namespace": "user", "columns": columns}, by=None)
        assert asking.work()
        run.refresh_from_db()
        said = reasons(run).splitlines()[1]
        assert ("Map the column “Shop”" in said, "请对应“店铺”列" in said) == (language == "en", language != "en"), said


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,m-1,2026-10-01 10:00:00,-5,,,,", "订单金额不能小于 0；退款请写在原订单的“已退金额”里"),
        ("1,m-1,2026-10-01 10:00:00,5,,已付款,-5,", "已退金额不能小于 0"),
    ],
)
def test_an_order_of_less_than_nothing_is_refused_and_one_of_nothing_is_taken(
    tmp_path: Path, row: str, reason: str
) -> None:
    run = taken(tmp_path, f"{row}\n2,m-2,2026-10-01 10:00:00,0,,,,")
    assert (run.taken, run.failed) == (1, 1) and reason in reasons(run)
    assert [order.external_id for order in Order.objects.all()] == ["2"] and len(paid()) == 1


def test_the_same_order_told_once_with_and_once_without_its_shop_is_one(tmp_path: Path) -> None:
    taken(tmp_path, "1001,m-1,2026-10-01 10:00:00,100,甲店,,,")
    assert counts(taken(tmp_path, "1001,m-1,2026-10-01 10:05:00,100,,,,")) == (0, 1, 0)
    assert len(paid()) == 1


def test_only_paid_orders_count_as_paid(tmp_path: Path) -> None:
    taken(
        tmp_path,
        "1,m-1,2026-10-01 10:00:00,128,,交易成功,,\n2,m-2,2026-10-01 10:00:00,256,,等待买家付款,,\n"
        "3,m-3,2026-10-01 10:00:00,512,,交易关闭,,\n4,m-4,2026-10-01 10:00:00,64,,Paid,,",
    )
    assert paid() == [("1", 128), ("4", 64)]
    assert list(Order.objects.order_by("external_id").values_list("state", flat=True)) == [
        "paid", "unpaid", "closed", "paid"]  # fmt: skip


def test_an_order_that_waits_is_found_and_so_is_its_customer(tmp_path: Path, alice: User) -> None:
    row = "1,m-1,2026-10-01 10:00:00,128,,等待买家付款,,"
    taken(tmp_path, row + "\n2,m-2,2026-10-01 10:00:00,512,,交易关闭,,")
    assert sorted(queries.orders(alice).values_list("external_id", "state")) == [("1", "unpaid"), ("2", "closed")]
    assert Portrait.objects.count() == 2
    assert counts(taken(tmp_path, row)) == (0, 1, 0)
    taken(tmp_path, "1,m-1,2026-10-01 10:00:00,128,,已付款,,")
    assert list(Fact.objects.order_by("id").values_list("name", flat=True)) == [
        "order_updated", "order_updated", "order_paid"]  # fmt: skip


def test_a_word_nobody_knows_is_refused_and_the_mapping_can_say_what_it_means(tmp_path: Path) -> None:
    run = taken(tmp_path, "1,m-1,2026-10-01 10:00:00,128,,待成团,,")
    assert counts(run) == (0, 0, 1)
    assert "不认识这个写法；可以是 已付款、待付款" in reasons(run)
    run = taken(tmp_path, "1,m-1,2026-10-01 10:00:00,128,,待成团,,", values={"status": {"待成团": "unpaid"}})
    assert counts(run) == (1, 0, 0)
    assert Order.objects.get().state == "unpaid"


def test_an_order_is_paid_later_once_and_closed_later(tmp_path: Path) -> None:
    taken(tmp_path, "1,m-1,2026-10-01 10:00:00,128,,待付款,,\n2,m-2,2026-10-01 10:00:00,128,,待付款,,")
    later = "1,m-1,2026-10-01 10:00:00,120,,已发货,,\n2,m-2,2026-10-01 10:00:00,128,,已取消,,"
    assert counts(taken(tmp_path, later)) == (2, 0, 0)
    assert counts(taken(tmp_path, later)) == (0, 2, 0)
    assert paid() == [("1", 120)]
    assert [order.state for order in Order.objects.order_by("external_id")] == ["paid", "closed"]


def test_an_older_file_makes_no_paid_order_unpaid(tmp_path: Path) -> None:
    taken(tmp_path, "1,m-1,2026-10-01 10:00:00,128,,已付款,,")
    assert counts(taken(tmp_path, "1,m-1,2026-10-01 10:00:00,128,,待付款,,")) == (0, 1, 0)
    assert Order.objects.get().state == "paid"


def test_refunds_of_a_file_are_facts_of_their_own_day(tmp_path: Path) -> None:
    taken(
        tmp_path,
        "1,m-1,2026-10-01 10:00:00,128,,退款成功,,2026-10-05 09:00:00\n2,m-2,2026-10-01 10:00:00,100,,部分退款,30,",
    )
    facts = Fact.objects.filter(name="order_refunded").order_by("properties__order_id")
    assert [(fact.properties["amount"], fact.occurred_at.day) for fact in facts] == [(128, 5), (30, 1)]
    assert [(one.state, one.refunded) for one in Order.objects.order_by("external_id")] == [
        ("refunded", 128), ("part_refunded", 30)]  # fmt: skip
    assert Refund.objects.count() == 2


def test_more_given_back_later_is_only_the_rest_and_told_again_nothing(tmp_path: Path) -> None:
    taken(tmp_path, "1,m-1,2026-10-01 10:00:00,100,,部分退款,30,")
    last = "1,m-1,2026-10-01 10:00:00,100,,已退款,,"
    assert counts(taken(tmp_path, last)) == (1, 0, 0)
    assert counts(taken(tmp_path, last)) == (0, 1, 0)
    amounts = Fact.objects.filter(name="order_refunded").order_by("id").values_list("properties__amount", flat=True)
    assert list(amounts) == [30, 70]
    assert Order.objects.get().refunded == Decimal(100)


def test_partly_refunded_without_an_amount_is_refused(tmp_path: Path) -> None:
    run = taken(tmp_path, "1,m-1,2026-10-01 10:00:00,100,,部分退款,,")
    assert counts(run) == (0, 0, 1)
    assert "退了多少" in reasons(run)


def test_lines_go_to_the_order_of_their_shop(tmp_path: Path) -> None:
    taken(
        tmp_path,
        "7,m-1,2026-10-01 10:00:00,100,甲店,,,\n7,m-2,2026-10-01 10:00:00,50,乙店,,,\n8,m-1,2026-10-01,1,甲店,,,",
    )
    file = tmp_path / "lines.csv"
    file.write_text("订单号,店铺,商品编号,金额\n7,乙店,p1,50\n7,,p1,1\n8,,p1,1\n", "utf-8")
    columns = {"order": "订单号", "shop": "店铺", "product": "商品编号", "amount": "金额"}
    run = files.run(file, {"kind": "order_line", "columns": columns})
    assert counts(run) == (2, 0, 1)
    assert "2 家店都有这个订单号" in reasons(run)
    assert {line.order.shop for line in OrderLine.objects.all()} == {"乙店", "甲店"}
