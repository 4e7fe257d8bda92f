import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from zhiji.ops import postgres, server_settings
from zhiji.ops.house import Refused, owned


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="zhiji-pg-"))
    yield folder
    postgres.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def rows(address: str) -> list[tuple[int]]:
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT n FROM kept ORDER BY n").fetchall()


def start(home: Path) -> str:
    return postgres.start(home, tied=True, shared_buffers="16MB")


def test_what_was_committed_is_there_after_a_kill_and_a_restart(home: Path) -> None:
    address = start(home)
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(postgres.running(home) or 0, signal.SIGKILL)
    address = start(home)
    assert len(rows(address)) == 1000


def test_a_stale_file_that_names_a_strangers_process_doesnt_stop_the_start(home: Path) -> None:
    start(home)
    postgres.stop(home)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (home / "postgres/postmaster.pid").write_text(f"{stranger.pid}\n{home}/postgres\n0\n5432\n\n\n\nready\n")
    assert postgres.running(home) is None
    start(home)
    assert postgres.running(home) is not None and stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(home: Path) -> None:
    deep = home / ("x" * 60) / ("y" * 60)
    address = start(deep)
    with psycopg.connect(address) as connection:
        row = connection.execute("SHOW unix_socket_directories").fetchone()
    postgres.stop(deep)
    assert row is not None and len(row[0]) < 60
    assert Path(row[0]).stat().st_mode & 0o077 == 0
    shutil.rmtree(row[0])


def test_it_listens_on_no_network_address_and_commits_are_durable(home: Path) -> None:
    with psycopg.connect(start(home)) as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()
            for name in ("listen_addresses", "synchronous_commit", "fsync")
        ]
    assert shown == [("",), ("on",), ("on",)]


def test_an_operators_own_setting_survives_a_restart(home: Path) -> None:
    with psycopg.connect(start(home), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
    postgres.stop(home)
    with psycopg.connect(start(home)) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)


@pytest.mark.parametrize(
    ("gigabytes", "data", "buffers"),
    [(0.5, 9, "128MB"), (4, 0, "1024MB"), (256, 0, "1024MB"), (256, 20, "5120MB"), (256, 900, "8192MB")],
)
def test_memory_is_used_in_proportion_to_the_machine_and_to_the_data(gigabytes: float, data: int, buffers: str) -> None:
    assert server_settings.settings(int(gigabytes * 1024**3), 0, data * 1024**3)["shared_buffers"] == buffers


@pytest.mark.parametrize(("gigabytes", "most"), [(3, "1GB"), (40, "5GB"), (4000, "8GB")])
def test_the_log_between_checkpoints_leaves_a_small_disk_room(gigabytes: int, most: str) -> None:
    assert server_settings.settings(0, gigabytes * 1024**3, 0)["max_wal_size"] == most


def test_the_server_ends_when_its_parent_is_killed(home: Path) -> None:
    code = f"""
from pathlib import Path
from zhiji.ops import postgres
postgres.start(Path({str(home)!r}), tied=True)
print("up", flush=True)
import time; time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None and parent.stdout.readline() == b"up\n"
    assert postgres.running(home) is not None
    parent.kill()
    parent.wait()
    assert postgres._wait_until_gone(home / "postgres", 30)


def test_two_may_not_own_one_data_folder(tmp_path: Path) -> None:
    with owned(tmp_path), pytest.raises(Refused, match=f"process {os.getpid()}"), owned(tmp_path):
        raise AssertionError("both own it")
    with owned(tmp_path):
        assert (tmp_path / "zhiji.lock").read_text() == f"process {os.getpid()}\n"
