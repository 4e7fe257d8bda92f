"""Whoever imports a file hears how it ended."""

from pathlib import Path

import pytest

from zhiji.access.models import User
from zhiji.flow.collect import files
from zhiji.flow.collect.files import importing
from zhiji.flow.collect.models import ImportRun
from zhiji.flow.collect.tests.test_file_import import MAPPING, written
from zhiji.work.notices import queries
from zhiji.work.notices.models import Notice

pytestmark = pytest.mark.django_db


def test_an_import_that_has_ended_is_told_to_who_asked_and_again_it_is_not(
    tmp_path: Path, alice: User, mona: User
) -> None:
    for _ in range(2):
        files.run(written(tmp_path), MAPPING, by=alice)
    (line,) = queries.lines(alice).rows
    assert line.text == "导入已结束：读了 4 行，2 行没有进来" or line.count == 2
    assert line.things[0].name == "customers.csv" and queries.lines(mona).rows == []


def test_one_that_broke_off_is_told_and_one_of_nobody_is_not(
    tmp_path: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise files.BadMapping("没有这一列")

    monkeypatch.setattr(importing._Importing, "all", broken)
    run = importing.open_run(written(tmp_path), files.mapping.load(MAPPING), None)
    importing.carry_on(run)
    assert run.state == "failed" and not Notice.objects.exists()
    ImportRun.objects.update(by=alice)
    importing.carry_on(run)
    assert queries.lines(alice).rows[0].text.startswith("导入中断")
