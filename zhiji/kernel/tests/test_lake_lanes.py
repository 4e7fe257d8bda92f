"""A fact name that the lake can't be given goes apart and comes back; the others are written; readers see all once."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from django.conf import settings
from django.db import connection

from zhiji.kernel import clock, lake, lake_lanes
from zhiji.kernel.models import Fact, Lane

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    shutil.rmtree(Path(lake.url()), ignore_errors=True)
    yield
    shutil.rmtree(Path(lake.url()), ignore_errors=True)


def log(count: int, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_fact (message_key, name, customer_id, occurred_at, received_at, properties)"
            " SELECT gen_random_uuid(), %s, n %% 7, %s, %s, '{}' FROM generate_series(1, %s) n",
            [name, MAY, MAY, count],
        )


def seen(name: str) -> int:
    """How many facts of a name a reader finds: in the lake's snapshot, and in the log what is newer."""
    return in_lake(name) + Fact.objects.filter(name=name, pk__gt=lake.snapshot().upto(name)).count()


def in_lake(name: str) -> int:
    scanned = lake.snapshot().scan(name, {})
    ((count,),) = duckdb.sql(f"SELECT count(*) FROM ({scanned})").fetchall() if scanned else [(0,)]
    return int(count)


def block(name: str) -> Path:
    """Put a file where the folder of a name belongs."""
    place = Path(lake.url()) / f"name={name}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("in the way")
    return place


def due_now() -> None:
    Lane.objects.update(next_try=clock.now() - timedelta(seconds=1))


@pytest.mark.parametrize("empty", [True, False])
def test_one_name_that_cannot_be_written_keeps_no_other_back(empty: bool) -> None:
    if not empty:
        log(2, "good")
        lake.drain()
    place = block("bad")
    log(3, "good")
    log(4, "bad")
    log(5, "other")
    lake.drain()
    good = 3 if empty else 5
    assert (in_lake("good"), in_lake("other")) == (good, 5)
    lane = Lane.objects.get()
    assert (lane.name, lane.tries) == ("bad", 1) and "Not a directory" in lane.detail
    assert {name: seen(name) for name in ("good", "bad", "other")} == {"good": good, "bad": 4, "other": 5}

    log(1, "bad")
    log(1, "good")
    lake.drain()
    due_now()
    lake.drain()
    assert Lane.objects.get().tries == 2
    assert (seen("bad"), seen("good"), in_lake("good")) == (5, good + 1, good + 1)

    place.unlink()
    due_now()
    lake.drain()
    assert not Lane.objects.exists() and in_lake("bad") == 5
    log(2, "bad")
    lake.drain()
    assert (in_lake("bad"), seen("bad"), seen("good"), seen("other")) == (7, 7, good + 1, 5)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into any folder")
def test_a_folder_without_rights_keeps_no_other_back() -> None:
    folder = Path(lake.url()) / "name=bad"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    log(1, "bad")
    log(1, "good")
    lake.drain()
    assert (in_lake("good"), seen("bad")) == (1, 1)
    folder.chmod(0o700)


@pytest.mark.parametrize("at", range(1, 6))
def test_a_death_between_any_two_writes_neither_loses_nor_doubles(at: int) -> None:
    block("bad")
    log(3, "good")
    log(4, "bad")
    log(5, "other")
    write, count = lake.write, 0

    def dies(*given: object) -> None:
        nonlocal count
        count += 1
        if count == at + 1:
            raise KeyboardInterrupt
        write(*given)  # type: ignore[arg-type]

    names = ("good", "bad", "other")
    with patch.object(lake, "write", dies), pytest.raises(KeyboardInterrupt):
        lake.drain()
    assert [seen(name) for name in names] == [3, 4, 5]
    log(1, "other")
    lake.append()
    due_now()
    lake.append()
    assert [seen(name) for name in names] == [3, 4, 6]
    (Path(lake.url()) / "name=bad").unlink()
    for _ in range(3):
        due_now()
        lake.drain()
    assert [in_lake(name) for name in names] == [3, 4, 6] and not Lane.objects.exists()


def test_a_table_that_cannot_be_written_at_all_blames_no_name() -> None:
    log(1, "good")
    lake.drain()
    log(2, "good")
    logs = Path(lake.url()) / "_delta_log"
    aside = logs.rename(logs.with_name("elsewhere"))
    logs.write_text("in the way")
    with pytest.raises(Exception, match=r"."):
        lake.drain()
    assert not Lane.objects.exists()
    logs.unlink()
    aside.rename(logs)
    lake.drain()
    assert (in_lake("good"), lake_lanes.apart(lake.table(), ["good"])) == (3, {})
    assert str(lake.url()).startswith(str(settings.HOME))
