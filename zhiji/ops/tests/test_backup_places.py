"""A place of back-ups: what is new is written, what nobody names is thrown away, what is damaged is refused."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from zhiji.access.models import User
from zhiji.ops.backup.keeping import Rule
from zhiji.ops.backup.repository import BackupRefused, Manifest, Repository, Table
from zhiji.ops.backup.standing import last
from zhiji.ops.backup.taking import back_up

MASTER = b"m" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(params=["folder", "object storage"])
def place(request: pytest.FixtureRequest, folder: Path, db: None) -> str:
    """An empty place of back-ups of each kind."""
    if request.param == "folder":
        return str(folder / "store")
    request.getfixturevalue("lake_on_s3")
    return str(settings.LAKE_URL).rsplit("/", 1)[0] + "/back-ups"


@pytest.mark.django_db(transaction=True)
def test_the_second_writes_only_what_has_changed(place: str, alice: User) -> None:
    first = back_up(place, Rule())
    time.sleep(1.1)
    alice.display_name = "Alice in Chains"
    alice.save()
    second = back_up(place, Rule())
    assert second.name > first.name
    assert second.tables["access_user"].pieces != first.tables["access_user"].pieces
    written = set(second.pieces()) - set(first.pieces())
    assert len(written) <= 3, "the user's table, the heartbeat of the first, and at most the session's"
    assert (last().rows, last().place, last().trouble) == (second.rows, place, "")


@pytest.mark.django_db(transaction=True)
def test_what_went_wrong_is_remembered_beside_the_last_good_one(folder: Path) -> None:
    back_up(str(folder / "store"), Rule())
    (folder / "other").mkdir()
    (folder / "other" / "letter.txt").write_text("not ours")
    with pytest.raises(BackupRefused, match="holds something else"):
        back_up(str(folder / "other"), Rule())
    assert last().good_at is not None
    assert "holds something else" in last().trouble


@pytest.mark.django_db
def test_an_empty_database_is_no_installation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", lambda cursor=None: [])
    with pytest.raises(BackupRefused, match="nothing is installed"):
        back_up(str(folder), Rule())


def test_another_master_key_opens_nothing(folder: Path) -> None:
    Repository(str(folder), MASTER).write("back-ups/one", {"a": 1})
    with pytest.raises(BackupRefused, match="another master key"):
        Repository(str(folder), b"n" * 32)


def test_a_damaged_piece_is_refused_and_not_restored(folder: Path) -> None:
    repository = Repository(str(folder), MASTER)
    (name,) = repository.keep(b"rows")
    assert repository.piece(name) == b"rows"
    file = folder / "pieces" / name[:2] / name
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BackupRefused, match="damaged"):
        repository.piece(name)


def test_pieces_that_no_back_up_names_are_thrown_away(folder: Path) -> None:
    repository = Repository(str(folder), MASTER)
    kept, gone = repository.keep(b"kept"), repository.keep(b"gone")
    table = Table(["a"], 1, kept)
    repository.write("back-ups/2026-01-01T00-00-00Z", Manifest("2026-01-01T00-00-00Z", "0", {}, {"t": table}))
    assert repository.forget([]) == 1
    assert repository.piece(kept[0]) == b"kept"
    with pytest.raises(BackupRefused):
        repository.piece(gone[0])


def test_the_newest_of_each_day_week_and_month_is_kept() -> None:
    days = [datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(120)]
    names = [day.strftime("%Y-%m-%dT%H-%M-%SZ") for day in days]
    left = [name for name in names if name not in Rule(days=2, weeks=2, months=3).forgotten(names)]
    day = ["2026-03-01T03-00-00Z", "2026-03-01T15-00-00Z"]
    assert left == ["2026-01-31T15-00-00Z", "2026-02-22T15-00-00Z", "2026-02-28T15-00-00Z", *day]
