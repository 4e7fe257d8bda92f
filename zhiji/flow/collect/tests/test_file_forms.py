"""Files are read as spreadsheets leave them, our own are taken back, and the page can say how one is written."""

import csv
from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.flow.collect.files import failures
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.profile.actions import edit_attributes
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.tests.acts import portrait
from zhiji.flow.profile.tests.filing import counts, imported, reasons, uploaded
from zhiji.flow.resolve.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(alice)


def failures_of(run: ImportRun) -> str:
    return (failures.folder() / run.failures_file).read_text("utf-8-sig")


def test_columns_and_rows_with_nothing_in_them_are_left_out(browser: Client) -> None:
    run = imported(browser, "\ufeff会员号,姓名,城市,,\ngl-01,何尾列,杭州,,\ngl-02,吕尾列,宁波,,,,\n,,,,\n")
    assert (run.rows, counts(run)) == (2, (2, 0, 0, 0))
    assert [(one.name, one.city, one.attributes) for one in Portrait.objects.order_by("name")] == [
        ("何尾列", "杭州", {}),
        ("吕尾列", "宁波", {}),
    ]


def test_a_row_with_something_where_the_header_has_no_name_is_told_with_column_and_cure(browser: Client) -> None:
    rows = "会员号,姓名,\n" + "".join(f"g-{n},客户,\n" for n in range(400)) + "g-x,客户,杭州\n"
    run = imported(browser, rows)
    assert counts(run) == (400, 0, 1, 0)
    assert reasons(run) == [("402", "", "第 3 列没有列名，却写着内容；请给它一个列名")]
    assert imported(browser, "会员号,姓名,\ng-1,客户,杭州\n").taken == 1  # seen at once, it is a column of its own
    assert portrait("user:g-1").attributes == {"第 3 列": "杭州"}


def test_a_name_given_twice_is_told_with_column_and_cure(browser: Client) -> None:
    page = browser.get(uploaded(browser, "会员号,姓名,姓名\n1,a,b\n"), follow=True).content.decode()
    assert "第 2 列和第 3 列都叫“姓名”，请给其中一列改名或删掉它" in page


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_encoding_and_separator_are_recognised(browser: Client, encoding: str, mark: str) -> None:
    text = "会员号,姓名,城市\r\ngu-01,韦统一,海口\r\n".replace(",", mark)
    run = imported(browser, text.encode(encoding), "客户.txt")
    assert counts(run) == (1, 0, 0, 0)
    assert (portrait("user:gu-01").name, portrait("user:gu-01").city) == ("韦统一", "海口")


def test_encoding_and_separator_can_be_said(browser: Client) -> None:
    text = "會員號,姓名;別名\r\n1,陳大文;文\r\n".encode("big5")
    imported(browser, text, encoding="big5", delimiter=",", kind_was="customer",
             **{"column-id": "會員號", "column-name": "姓名;別名"})  # fmt: skip
    assert portrait("user:1").name == "陳大文;文"


def test_the_page_says_how_figures_days_words_and_missing_values_are_read(browser: Client) -> None:
    said = {
        "kind_was": "customer", "rest": "1", "column-id": "编号", "column-birthday": "生日",
        "form-birthday": "%d.%m.%Y",
        "column-gender": "称呼", "word-gender": "Herr", "meaning-gender": "male", "constant-city": "柏林",
        "column-region": "地", "values-region": "BY = 巴伐利亚",
        "rest-type-3": "money", "rest-form-3": "1.234,56", "rest-type-4": "", "rest-type-5": "text",
    }  # fmt: skip
    run = imported(browser, "编号;生日;称呼;余额;备注;级别;地\n1;23.05.1990;Herr;1.234,56;x;A;BY\n", **said)
    assert counts(run) == (1, 0, 0, 0)
    found = portrait("user:1")
    assert (found.gender, str(found.birthday), found.city, found.region) == ("male", "1990-05-23", "柏林", "巴伐利亚")
    assert found.attributes == {"余额": 1234.56, "级别": "A"}


def test_what_the_page_advises_is_on_the_page(browser: Client) -> None:
    draft = uploaded(browser, "编号;生日\n1;23.05.1990\n")
    said = {"kind": "customer", "kind_was": "customer", "column-birthday": "生日"}
    text = browser.post(draft, said | {"column-name": "编号"}).content.decode()
    assert "必须有“客户号”（id）：请指出它是文件里的哪一列" in text and 'name="column-id"' in text
    assert "[columns]" not in text and "[formats]" not in text
    text = browser.post(draft, said | {"column-id": "编号"}).content.decode()
    assert "别的写法请指定日期格式" in text and 'name="form-birthday"' in text
    assert 'name="delimiter"' in text and 'name="encoding"' in text and 'name="constant-birthday"' in text


def test_the_mended_failures_file_is_taken_back(browser: Client) -> None:
    run = imported(
        browser, "会员号,姓名,手机,备注\ngf-08,试机八,1390002110,=1+1\n,无号,13900021109,-5\n多,了,一,列,的\n"
    )
    assert counts(run) == (1, 0, 2, 1)
    text = failures_of(run)
    assert "'=1+1" in text and "'-5" in text
    mended = (
        text.replace("1390002110,", "13900021108,")
        .replace(",,无号", ",gf-09,无号")
        .replace(",多,了,一,列,的", ",多,了,,列")
    )
    again = imported(browser, "\ufeff" + mended, "1-failures.csv")
    assert counts(again) == (3, 0, 0, 0)
    assert portrait("user:gf-08").attributes == {"备注": "=1+1"} and portrait("user:gf-09").attributes == {"备注": "-5"}
    assert Customer.objects.count() == 3


@pytest.mark.parametrize("dangerous", ["=1+1", "+8", "-8", "@x", "=HYPERLINK(1)"])
def test_no_cell_of_the_failures_file_runs_in_a_spreadsheet(browser: Client, dangerous: str) -> None:
    run = imported(browser, f"会员号,姓名,手机,{dangerous}\n,{dangerous},12,{dangerous}\n")
    with (failures.folder() / run.failures_file).open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert f"'{dangerous}" in cells
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]


def test_an_exported_list_is_taken_back(browser: Client, alice: User) -> None:
    imported(browser, "会员号,姓名,省份,城市,手机,性别\n1,=王芳,浙江,杭州,13900021108,女\n2,李雷,,,,\n")
    edit_attributes(customer_ids=[portrait("user:2").pk], changes={"city": "宁波"}, by=alice)
    query = "columns=phone&columns=place&columns=gender&columns=amount_365d&columns=tags"
    file = b"".join(browser.post("/customers/export/", {"query": query}).streaming_content).decode()  # type: ignore[attr-defined]
    assert file.startswith("\ufeff知己编号,姓名,") and "'=王芳" in file
    first, *rest = file.splitlines()
    mended = "\n".join([f"{first},等级", *(f"{line},金卡" for line in rest)]).replace("李雷", "李雷雷")
    assert counts(imported(browser, mended)) == (2, 0, 0, 0)
    one, two = portrait("user:1"), portrait("user:2")
    assert (one.name, one.region, one.city, one.gender, one.attributes) == (
        "=王芳", "浙江", "杭州", "female", {"等级": "金卡"})  # fmt: skip
    assert (two.name, two.city, two.attributes) == ("李雷雷", "宁波", {"等级": "金卡"})
    assert Customer.objects.count() == 2
    assert counts(imported(browser, mended)) == (0, 2, 0, 0)


def test_an_id_of_ours_that_nobody_has_is_refused(browser: Client) -> None:
    run = imported(browser, "知己编号,姓名\n987654321,无人\n")
    assert (counts(run), reasons(run)) == ((0, 0, 1, 0), [("2", "知己编号", "没有编号为 987654321 的客户")])


def test_a_row_without_two_of_its_values_is_one_line_and_one_row_again(browser: Client) -> None:
    run = imported(browser, "会员号,姓名,手机,生日\ng-1,王芳,12,昨天\n")
    assert (counts(run), [(row, column) for row, column, _ in reasons(run)]) == ((1, 0, 0, 2), [("2", "生日、手机")])
    mended = failures_of(run).replace(",12,昨天", ",13900021108,1990-05-01")
    assert counts(imported(browser, mended, "1-failures.csv")) == (1, 0, 0, 0)
    assert str(portrait("user:g-1").birthday) == "1990-05-01"
