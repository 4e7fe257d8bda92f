"""The lake holds every committed fact once, whatever dies on the way: in a folder and on object storage."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from django.conf import settings
from django.db import connection

from zhiji.kernel import clock, lake, lake_files, lake_tidying
from zhiji.kernel.models import Fact, Watermark

MAY = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture(autouse=True, params=["folder", "object storage"])
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """An empty lake of each kind."""
    if request.param == "object storage":
        request.getfixturevalue("lake_on_s3")
        yield
        return
    shutil.rmtree(Path(lake.url()), ignore_errors=True)
    yield
    shutil.rmtree(Path(lake.url()), ignore_errors=True)


def _log(count: int, name: str = "order_paid", properties: str = '{"amount": 12.5, "名": "a,\\"b\\nc"}') -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_fact (message_key, name, customer_id, occurred_at, received_at, properties)"
            " SELECT gen_random_uuid(), %s, n %% 7, %s, %s, %s::jsonb FROM generate_series(1, %s) n",
            [name, MAY, MAY, properties, count],
        )


def _ids() -> list[int]:
    snapshot = lake.snapshot()
    assert snapshot.delta is not None
    uris = lake_files.readable(snapshot.delta.file_uris(), lake.url())
    files = ", ".join(f"'{one}'" for one in uris)
    return sorted(row[0] for row in duckdb.sql(f"SELECT id FROM read_parquet([{files}])").fetchall())


@pytest.mark.django_db
def test_every_fact_is_appended_once_with_its_properties() -> None:
    _log(10)
    _log(5, name="登录 网站")
    assert lake.drain() == 15
    assert lake.drain() == 0
    _log(3)
    assert lake.drain() == 3
    assert _ids() == sorted(Fact.objects.values_list("id", flat=True))
    source = lake.snapshot().scan("order_paid", {"number:amount": ("amount", "number"), "text:名": ("名", "text")})
    assert set(duckdb.sql(f"SELECT * EXCLUDE (customer_id, occurred_at) FROM ({source})").fetchall()) == {
        (12.5, 'a,"b\nc')
    }
    assert lake.snapshot().scan("登录 网站", {}) is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["用户在小程序里完成了一次非常非常长的名字的自定义行为记录事件", "名" * 80, "a/b %?" * 30]
)
def test_a_name_too_long_for_a_folder_stops_nothing(name: str) -> None:
    _log(2, name=name)
    _log(3, name=f"{name}的")
    _log(4)
    assert lake.drain() == 9
    scanned = lake.snapshot().scan(name, {"number:amount": ("amount", "number")})
    assert duckdb.sql(f'SELECT count(*), sum("number:amount") FROM ({scanned})').fetchall() == [(2, 25.0)]
    assert lake_tidying.tidy(clock.now())["clustered"] == 0


@pytest.mark.django_db
def test_a_forgotten_watermark_doubles_nothing() -> None:
    _log(10)
    lake.drain()
    Watermark.objects.filter(name="lake").delete()
    assert lake.append() is False
    assert len(_ids()) == 10


@pytest.mark.django_db
def test_a_reader_keeps_its_snapshot_while_the_lake_is_written_and_tidied() -> None:
    for _ in range(lake_tidying.MOST_FILES + 2):
        _log(2)
        lake.drain()
    before = lake.snapshot()
    source = before.scan("order_paid", {})
    done = lake_tidying.tidy(clock.now())
    assert done["clustered"] == 1
    assert len(lake.snapshot().files("order_paid")) < len(before.files("order_paid"))
    assert duckdb.sql(f"SELECT count(*) FROM ({source})").fetchall() == [(len(_ids()),)]


@pytest.mark.django_db
def test_what_was_fetched_is_thrown_away_when_the_lake_no_longer_names_it(
    lake_on_s3: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_files, "_swept", time.monotonic())
    fetched = Path(settings.HOME) / "lake-files"
    for _ in range(lake_tidying.MOST_FILES + 2):
        _log(2)
        lake.drain()
    _ids()
    old = set(fetched.iterdir())
    lake_tidying.tidy(clock.now())
    assert _ids() == sorted(Fact.objects.values_list("id", flat=True))
    monkeypatch.setattr(lake_files, "_swept", 0.0)
    lake.snapshot()
    assert old < set(fetched.iterdir()), "a query over the older version may still read them"
    monkeypatch.setattr(lake_files, "_swept", 0.0)
    monkeypatch.setattr(lake_files, "STILL_READ", -1.0)
    lake.snapshot()
    assert len(set(fetched.iterdir())) == len(lake.snapshot().files("order_paid"))


@pytest.mark.django_db
def test_small_batches_wait_a_little() -> None:
    _log(1)
    assert lake.append() is True
    _log(1)
    assert lake.append() is False


@pytest.mark.crash
@pytest.mark.timeout(280)
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_nothing_is_lost_or_doubled() -> None:
    program = (
        "import django; django.setup()\n"
        "from zhiji.kernel import lake\n"
        "lake.BATCH = 50\n"
        "print('up', flush=True)\n"
        "while True: lake.drain()\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings", "ZHIJI_DATABASE_URL": _address()}
    for round_ in range(4):
        _log(400)
        child = subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.03 + 0.07 * round_)
        child.send_signal(signal.SIGKILL)
        child.wait()
    lake.drain()
    assert _ids() == sorted(Fact.objects.values_list("id", flat=True))


def _address() -> str:
    """The test database's address: the server's own, with the name that the tests were given."""
    base, _, query = os.environ["ZHIJI_DATABASE_URL"].partition("?")
    return f"{base.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}?{query}"
