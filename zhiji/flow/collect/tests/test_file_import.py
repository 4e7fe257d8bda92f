"""A file goes in whole: good rows once, bad rows into a file with the reason, and nothing is lost by a kill."""

import csv
import threading
from pathlib import Path
from typing import Any

import pytest

from zhiji.access import privacy
from zhiji.access.models import User
from zhiji.access.roles import Forbidden
from zhiji.flow.collect import files
from zhiji.flow.collect.files import failures, importing, reading
from zhiji.flow.collect.files.mapping import records, suggest
from zhiji.flow.collect.models import ImportRun
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
MAPPING: dict[str, Any] = {
    "kind": "customer",
    "namespace": "user",
    "columns": {"id": "客户编号", "name": "姓名", "phone": "手机", "gender": "性别", "birthday": "生日"},
    "values": {"gender": {"男": "male", "女": "female"}},
}
ROWS = (
    "客户编号,姓名,手机,性别,生日\n1,张三,13812345678,男,1990-05-01\n"
    ",李四,,女,1991/6/2\nnull,王五,,女,1992-01-01\n4,赵六,,女,\n"
)


def written(folder: Path, text: str = ROWS, encoding: str = "utf-8", name: str = "customers.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    run.refresh_from_db()
    return run.rows, run.taken, run.known, run.failed


def failed_rows(run: ImportRun) -> list[list[str]]:
    with (failures.folder() / run.failures_file).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_good_rows_go_in_and_each_bad_row_is_told_with_its_number_column_and_reason(tmp_path: Path) -> None:
    run = files.run(written(tmp_path), MAPPING)
    assert run.state == "done"
    assert counts(run) == (4, 2, 0, 2)
    heading, *bad = failed_rows(run)
    assert heading[:3] == ["行号", "列", "原因"]
    assert [(row[0], row[1]) for row in bad] == [("3", "客户编号"), ("4", "客户编号")]
    assert bad[1][3:] == ["null", "王五", "", "女", "1992-01-01"]


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    files.run(written(tmp_path), MAPPING)
    again = files.run(written(tmp_path), MAPPING)
    assert counts(again) == (4, 0, 2, 2)
    assert Accepted.objects.count() == 2


def test_a_changed_row_is_a_new_fact_of_the_same_customer(tmp_path: Path) -> None:
    files.run(written(tmp_path), MAPPING)
    changed = files.run(written(tmp_path, ROWS.replace("赵六", "赵陆")), MAPPING)
    assert counts(changed) == (4, 1, 1, 2)


def test_contact_values_travel_sealed(tmp_path: Path) -> None:
    files.run(written(tmp_path), MAPPING)
    row = Accepted.objects.get(identity="user:1")
    assert "138" not in str(row.properties)
    assert row.properties["traits"]["gender"] == "male"
    assert b"+8613812345678" in privacy.unseal(row.sealed, "traits")


def test_a_gb18030_file_is_recognised(tmp_path: Path) -> None:
    run = files.run(written(tmp_path, encoding="gb18030"), MAPPING)
    assert counts(run) == (4, 2, 0, 2)
    assert Accepted.objects.get(identity="user:4").properties["traits"]["name"] == "赵六"


def test_a_byte_that_cannot_be_decoded_costs_its_value_or_its_row_only(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(
        "客户编号,姓名\n1,张三\n2,李四\n".encode().replace(b"2,", b"2\xff,").replace("张三".encode(), b"\xfe")
    )
    run = files.run(file, {**MAPPING, "columns": {"id": "客户编号", "name": "姓名"}, "encoding": "utf-8"})
    assert (counts(run), run.left_out) == ((2, 1, 0, 1), 1)
    assert [(row[1], row[2][-11:]) for row in failed_rows(run)[1:]] == [
        ("姓名", "编码不对，读不出这个值"),
        ("客户编号", "编码不对，读不出这个值"),
    ]


def test_a_row_of_the_wrong_length_keeps_the_numbers_of_those_after_it_right(tmp_path: Path) -> None:
    text = "客户编号,姓名,手机,性别,生日\n1,张三\n2,李四,,女,\nnull,王五,,女,\n"
    run = files.run(written(tmp_path, text), MAPPING)
    assert counts(run) == (3, 1, 0, 2)
    assert [row[0] for row in failed_rows(run)[1:]] == ["2", "4"]


def test_a_killed_import_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 4096)
    lines = "".join(f"{'' if n % 50 == 0 else n},客户{n},,女,\n" for n in range(1000))
    file = written(tmp_path, "客户编号,姓名,手机,性别,生日\n" + lines)

    def killed(progress: files.Progress) -> None:
        if progress.rows > 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.run(file, MAPPING, killed)
    stopped = ImportRun.objects.get()
    assert 300 < stopped.rows < 1000
    (failures.folder() / f"{stopped.pk}-failures.csv").open("a").write("half a li")
    run = files.run(file, MAPPING)
    assert run.pk == stopped.pk
    assert counts(run) == (1000, 980, 0, 20)
    assert [row[0] for row in failed_rows(run)[1:]] == [str(n + 2) for n in range(0, 1000, 50)]


def test_a_cancelled_import_stops_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel = threading.Event()
    cancel.set()
    run = files.run(written(tmp_path), MAPPING, cancel=cancel)
    assert (run.state, run.rows) == ("cancelled", 0)


def test_two_at_once_take_no_row_twice(tmp_path: Path) -> None:
    first = importing.open_run(written(tmp_path), files.mapping.load(MAPPING), None)
    late = ImportRun.objects.get()
    importing.carry_on(first)
    late_importing = importing._Importing(late, lambda progress: None)
    chunk = next(reading.chunks(tmp_path / "customers.csv"))
    with pytest.raises(importing.Overtaken):
        late_importing.one(chunk)
    assert Accepted.objects.count() == 2


def test_a_mapping_that_names_a_missing_column_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(files.BadMapping, match=r"会员号.*客户编号"):
        files.run(written(tmp_path), MAPPING | {"columns": {"id": "会员号"}})


def test_a_mapping_without_a_required_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(files.BadMapping, match="必须有“客户号”（id）"):
        files.run(written(tmp_path), MAPPING | {"columns": {"name": "姓名"}})


def test_chinese_and_english_headers_are_recognised() -> None:
    record = records()["customer"]
    assert suggest(record, ["会员号", "姓名", "手机号码"]) == {"id": "会员号", "name": "姓名", "phone": "手机号码"}
    assert suggest(record, ["Customer ID", "Full Name", "e-mail"]) == {
        "id": "Customer ID",
        "name": "Full Name",
        "email": "e-mail",
    }


def test_any_fact_comes_in_by_a_file_with_typed_properties(tmp_path: Path) -> None:
    text = "u,e,t,score\n7,survey_answered,2026-03-01 10:00:00,4.5\n7,Survey Answered,2026-03-01 10:00:00,4\n"
    text += "7,到店,2026-03-02 10:00:00,\n7,2nd_visit,2026-03-03 10:00:00,\n"
    mapping = {
        "kind": "fact",
        "time_zone": "Asia/Shanghai",
        "columns": {"id": "u", "name": "e", "at": "t", "properties.score": "score"},
        "types": {"properties.score": "number"},
    }
    run = files.run(written(tmp_path, text), mapping)
    assert counts(run) == (4, 3, 0, 1)
    assert set(Accepted.objects.values_list("name", flat=True)) == {"survey_answered", "到店", "2nd_visit"}
    fact = Accepted.objects.get(name="survey_answered")
    assert fact.properties == {"score": 4.5}
    assert fact.occurred_at.isoformat() == "2026-03-01T02:00:00+00:00"


def test_a_fact_of_an_order_below_nothing_is_refused_in_a_file_too(tmp_path: Path) -> None:
    text = "u,e,t,o,a\n7,order_paid,2026-05-01,1,-5\n7,order_paid,2026-05-01,2,5\n7,temperature_read,2026-05-01,3,-5\n"
    columns = {"id": "u", "name": "e", "at": "t", "properties.order_id": "o", "properties.amount": "a"}
    run = files.run(written(tmp_path, text), {"kind": "fact", "namespace": "user", "columns": columns})
    assert (run.taken, run.failed) == (2, 1)
    assert "2,a,不能小于 0；退款请另发" in failures.folder().joinpath(run.failures_file).read_text("utf-8-sig")


def test_a_marketer_may_not_import(tmp_path: Path, mark: User) -> None:
    with pytest.raises(Forbidden):
        files.run(written(tmp_path), MAPPING, by=mark)
    assert not Accepted.objects.exists()
