"""A segment's page: history, composition, overlap, members with the reason, uses, and the members as a file."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from zhiji.access.models import AuditLine, User
from zhiji.access.tokens import create_token
from zhiji.flow.act.models import Rule
from zhiji.flow.segment import actions, export
from zhiji.flow.segment.figures import composition, kept_figures, overlap, size_history
from zhiji.flow.segment.models import Figure, MemberExport, Segment
from zhiji.flow.segment.tests.shop import BUYERS, OFTEN, bought, owned
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db
OUT = "customers exported"
PEOPLE = {"林一": 1, "王二": 2, "张三": 3, "李四": 4}
MANY = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 4}


@pytest.fixture
def people(db: None) -> dict[str, int]:
    """Four buyers: all in one segment, two of them in another, one of these in a third."""
    found = bought(PEOPLE)
    for key, name, tree in (("buyers", "买家", BUYERS), ("often", "常客", OFTEN), ("many", "大户", MANY)):
        actions.create_segment(by=None, key=key, name=name, condition=tree)
    actions.build(clock.now())
    return found


def _text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("part", ["", "history/", "composition/", "overlap/", "members/", "changes/"])
def test_every_part_opens(part: str, people: dict[str, int], anna: User, signed_in: Callable[[User], Client]) -> None:
    assert "style=" not in _text(signed_in(anna), f"/segments/buyers/{part}").split('id="content"')[-1]


def test_overlap_counts_every_combination(people: dict[str, int]) -> None:
    found = overlap.compute("buyers", clock.now())
    assert [(one["key"], one["shared"]) for one in found["others"]] == [("often", 2), ("many", 1)]
    assert [(one["in"], one["count"]) for one in found["combinations"]] == [([], 2), ([0], 1), ([0, 1], 1)]
    assert found["size"] == 4 and found["rest"] == 0


def test_composition_counts_each_member_once_in_every_group(people: dict[str, int]) -> None:
    found = composition.compute("often", clock.now())
    assert found["total"] == 2 and found["regions"] == {"浙江": 2}
    assert sum(found["ages"]) == 2 and sum(found["spent"]) == 2 and found["spent"][0] == 0


def test_before_the_log_sizes_are_asked_as_of_those_days(people: dict[str, int]) -> None:
    found = size_history.compute("often", clock.now())
    assert found["days"][-1]["size"] == 2 and found["days"][-1]["built_in"] == 2
    assert dict(found["before"])[min(day for day, _size in found["before"])] == 0


def test_members_are_found_by_name_and_by_day(
    people: dict[str, int], mona: User, signed_in: Callable[[User], Client]
) -> None:
    browser, tomorrow = signed_in(mona), clock.day_of(clock.now()) + timedelta(days=1)
    found = _text(browser, "/segments/buyers/members/?q=张三")
    assert "张三" in found and "李四" not in found and "次数 ≥ 1" in found
    assert "没有成员符合" in _text(browser, f"/segments/buyers/members/?since={tomorrow}")
    assert "李四" in _text(browser, f"/segments/buyers/members/?since={tomorrow - timedelta(days=1)}")


def test_sales_see_and_count_only_their_members(
    people: dict[str, int], bob: User, mona: User, signed_in: Callable[[User], Client]
) -> None:
    owned(bob, people["林一"])
    browser = signed_in(bob)
    members = _text(browser, "/segments/buyers/members/")
    assert "林一" in members and "王二" not in members
    page = _text(browser, "/segments/buyers/")
    assert "只算您负责的客户" in page and ">1<" in page and ">4<" not in page
    assert ">4<" in _text(signed_in(mona), "/segments/buyers/")


def test_the_page_says_which_rules_and_segments_use_it(
    people: dict[str, int], mona: User, signed_in: Callable[[User], Client]
) -> None:
    trigger = {"kind": "segment_entered", "segment": "often"}
    Rule.objects.create(key="greet", name="问候常客", trigger=trigger, steps=[])
    tree = {"kind": "segment", "segment": "often"}
    actions.create_segment(by=None, key="nested", name="套娃", condition=tree)
    page = _text(signed_in(mona), "/segments/often/")
    assert "问候常客" in page and "套娃" in page and "/rules/new/?segment=often" in page


def _exported(browser: Client, form: str) -> bytes:
    answer = browser.post("/segments/often/export/", {"form": form})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_members_leave_as_csv_with_the_reason(
    people: dict[str, int], mona: User, signed_in: Callable[[User], Client]
) -> None:
    rows = list(csv.reader(io.StringIO(_exported(signed_in(mona), "csv").decode("utf-8-sig"))))
    assert rows[0][:2] == ["编号", "姓名"] and {row[1] for row in rows[1:]} == {"张三", "李四"}
    assert "次数 ≥ 3" in rows[1][-1]


def test_members_leave_as_a_workbook(people: dict[str, int], mona: User, signed_in: Callable[[User], Client]) -> None:
    book = zipfile.ZipFile(io.BytesIO(_exported(signed_in(mona), "xlsx")))
    assert "张三" in book.read("xl/worksheets/sheet1.xml").decode()


def test_sales_export_only_their_customers(
    people: dict[str, int], bob: User, signed_in: Callable[[User], Client]
) -> None:
    owned(bob, people["张三"])
    text = _exported(signed_in(bob), "csv").decode()
    assert "张三" in text and "李四" not in text
    assert AuditLine.objects.get(verb=OUT).detail["rows"] == 1


def test_an_analyst_takes_nothing_out(people: dict[str, int], anna: User, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(anna).post("/segments/often/export/", {"form": "csv"}).status_code == 403


def test_a_large_export_is_written_by_a_worker_and_fetched_by_who_asked(
    people: dict[str, int], mona: User, mark: User, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 1)
    browser = signed_in(mona)
    assert browser.post("/segments/often/export/", {"form": "csv"}).status_code == 302
    asked = MemberExport.objects.get()
    assert browser.get(f"/exports/{asked.pk}/file/").status_code == 404 and not AuditLine.objects.filter(verb=OUT)
    export.write(asked.pk, clock.now())
    assert "张三" in b"".join(browser.get(f"/exports/{asked.pk}/file/").streaming_content).decode()  # type: ignore[attr-defined]
    assert signed_in(mark).get(f"/exports/{asked.pk}/file/").status_code == 404
    assert AuditLine.objects.get(verb=OUT).detail["rows"] == 2


def test_an_export_that_was_called_off_leaves_no_file(
    people: dict[str, int], mona: User, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 1)
    browser = signed_in(mona)
    browser.post("/segments/often/export/", {"form": "csv"})
    asked = MemberExport.objects.get()
    for _press in range(2):
        browser.post(f"/exports/{asked.pk}/cancel/")
    export.write(asked.pk, clock.now())
    assert not export.file_of(asked).exists() and MemberExport.objects.get().state == "cancelled"
    assert not AuditLine.objects.filter(verb=OUT)
    line = AuditLine.objects.get(verb="export cancelled")
    assert (line.user, line.object_id, line.detail) == (mona, str(Segment.objects.get(key="often").pk), {"form": "csv"})


def test_a_figure_is_kept_until_the_definition_changes(people: dict[str, int]) -> None:
    now = clock.now()
    first = kept_figures.figure("overlap", "often", now)
    assert first is not None and kept_figures.figure("overlap", "often", now) == first
    Segment.objects.filter(key="often").update(version=2)
    kept_figures.figure("overlap", "often", now)
    assert Figure.objects.get(kind="overlap", key="often").stamp != first.stamp


def test_what_takes_long_is_said_to_be_computed(
    people: dict[str, int], mona: User, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_figures, "_at_once", lambda *asked: None)
    assert "正在后台计算" in _text(signed_in(mona), "/segments/often/overlap/")
    kept_figures.compute("overlap", "often", clock.now())
    assert "买家" in _text(signed_in(mona), "/segments/often/overlap/")


def test_the_api_tells_the_same(people: dict[str, int], anna: User) -> None:
    token = create_token(by=None, user=anna, name="t", scopes=("segments:read",))
    api = Client(headers={"Authorization": f"Bearer {token}"})
    combinations = api.get("/api/segments/buyers/overlap").json()["combinations"]
    assert {"segments": ["often", "many"], "count": 1} in combinations
    assert api.get("/api/segments/often/composition").json()["total"] == 2
    assert api.get("/api/segments/often/history").json()["days"][-1]["size"] == 2


def test_a_segment_is_copied_into_a_new_form(
    people: dict[str, int], mark: User, signed_in: Callable[[User], Client]
) -> None:
    page = _text(signed_in(mark), "/segments/new/?copy=often")
    assert "常客（副本）" in page and "&quot;value&quot;: 3" in page
