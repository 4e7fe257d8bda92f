"""Importing on a page: upload, look, start; the worker takes it in, also after a kill."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.flow.collect.files import asking
from zhiji.flow.collect.models import ImportRun
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
ROWS = "会员号,姓名,手机号,积分\n1,张三,13812345678,10\n-,李四,13812345679,20\n"


def uploaded(browser: Client, text: str = ROWS, name: str = "会员.csv") -> str:
    answer = browser.post("/imports/", {"file": SimpleUploadedFile(name, text.encode("gb18030"))})
    return str(answer["Location"])


def started(browser: Client) -> ImportRun:
    draft = uploaded(browser)
    columns = {"column-id": "会员号", "column-name": "姓名", "column-phone": "手机号"}
    browser.post(draft, {"kind": "customer", "kind_was": "customer", "rest": "1", "start": "1", **columns})
    return ImportRun.objects.get()


def test_columns_are_recognised_and_bad_rows_shown_before_anything_is_taken(alice: User, signed_in: SignedIn) -> None:
    browser = signed_in(alice)
    page = browser.get(uploaded(browser)).content.decode()
    assert '<option value="customer" selected>' in page
    assert "张三" in page
    assert not ImportRun.objects.exists()


def test_a_started_import_is_done_by_the_worker_and_its_failures_can_be_fetched(
    alice: User, signed_in: SignedIn
) -> None:
    browser = signed_in(alice)
    run = started(browser)
    assert run.state == "waiting"
    assert asking.work()
    run.refresh_from_db()
    assert (run.state, run.rows, run.taken, run.failed) == ("done", 2, 1, 1)
    assert Accepted.objects.get().properties["traits"]["积分"] == "10"
    assert "李四" in b"".join(browser.get(f"/imports/{run.pk}/failures/")).decode()
    assert not asking.work()


def test_an_import_whose_worker_died_is_taken_up_again(alice: User, signed_in: SignedIn) -> None:
    run = started(signed_in(alice))
    ImportRun.objects.update(state="running")
    assert asking.work()
    run.refresh_from_db()
    assert run.state == "done"


def test_a_waiting_import_can_be_cancelled_and_resumed(alice: User, signed_in: SignedIn) -> None:
    browser = signed_in(alice)
    run = started(browser)
    browser.post(f"/imports/{run.pk}/cancellation/")
    assert not asking.work()
    browser.post(f"/imports/{run.pk}/resumption/")
    assert asking.work()
    run.refresh_from_db()
    assert run.state == "done"


def test_an_import_that_has_ended_is_neither_cancelled_nor_resumed_and_no_audit_line_says_so(
    alice: User, signed_in: SignedIn
) -> None:
    browser = signed_in(alice)
    run = started(browser)
    assert asking.work()
    for verb, words in (("cancellation", "已经结束，不能再取消"), ("resumption", "只有取消了或中断了的导入才能继续")):
        assert words in browser.post(f"/imports/{run.pk}/{verb}/", follow=True).content.decode()
    run.refresh_from_db()
    assert (run.state, run.cancel_asked) == ("done", False)
    verbs = set(AuditLine.objects.values_list("verb", flat=True))
    assert verbs.isdisjoint({"import cancelled", "import resumed"}) and "import started" in verbs


def test_nothing_chosen_of_what_was_set_aside_is_said(alice: User, signed_in: SignedIn) -> None:
    for data in ({}, {"verb": "drop"}, {"verb": "drop", "id": ["7", "x"]}, {"verb": "lanes"}):
        page = signed_in(alice).post("/quarantine/aside/settlement/", data, follow=True).content.decode()
        assert "一条也没有：请先勾选" in page and "已丢弃 0 条" not in page


def test_a_spreadsheet_is_refused_with_advice(alice: User, signed_in: SignedIn) -> None:
    browser = signed_in(alice)
    answer = browser.post("/imports/", {"file": SimpleUploadedFile("a.xlsx", b"PK")})
    assert "另存为 CSV" in answer.content.decode()


def test_a_marketer_sees_the_history_but_neither_uploads_nor_fetches_failures(
    alice: User, mark: User, signed_in: SignedIn
) -> None:
    run = started(signed_in(alice))
    asking.work()
    browser = signed_in(mark)
    assert "会员.csv" in browser.get("/imports/").content.decode()
    assert browser.post("/imports/", {"file": SimpleUploadedFile("b.csv", b"a\n1\n")}).status_code == 403
    assert browser.get(f"/imports/{run.pk}/failures/").status_code == 403
    assert ImportRun.objects.count() == 1


def test_words_that_nobody_knows_are_given_a_meaning_on_the_page(alice: User, signed_in: SignedIn) -> None:
    browser = signed_in(alice)
    rows = "订单号,会员号,下单时间,金额,订单状态\n1,7,2026-03-01,5,待成团\n2,7,2026-03-01,6,已发货\n"
    draft = uploaded(browser, rows, "订单.csv")
    page = browser.get(draft).content.decode()
    assert "待成团" in page[page.index("这些写法是什么意思") :]
    assert "“订单状态”" in page
    columns = {"id": "订单号", "customer": "会员号", "placed_at": "下单时间", "amount": "金额", "status": "订单状态"}
    said = {"kind": "order", "kind_was": "order", "word-status": "待成团", "meaning-status": "unpaid"}
    said |= {f"column-{field}": column for field, column in columns.items()}
    again = browser.post(draft, said, headers={"HX-Request": "true"}).content.decode()
    assert '<option value="unpaid" selected>' in again
    browser.post(draft, said | {"start": "1"})
    assert asking.work()
    run = ImportRun.objects.get()
    assert (run.taken, run.failed, run.mapping["values"]) == (2, 0, {"status": {"待成团": "unpaid"}})
