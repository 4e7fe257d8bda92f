"""Back-ups of a working installation: whole, small the second time, unreadable to others, back after a crash."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhiji.ops.backup.repository import Manifest, Repository
from zhiji.ops.house import RESTORING
from zhiji.ops.tests.installation import Installation, furnish, wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database's system user may pass."""
    made = Path(tempfile.mkdtemp(prefix="zhiji-backup-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def shop(folder: Path) -> Iterator[Installation]:
    """A running installation."""
    one = Installation(folder / "shop")
    one.home.mkdir()
    furnish(one.home)
    one.up()
    wait_for(one.well)
    yield one
    _end(one)


@pytest.fixture
def copy(folder: Path) -> Iterator[Installation]:
    """A data folder to restore into."""
    one = Installation(folder / "copy")
    yield one
    for process in [] if not hasattr(one, "process") else one.ours():
        process.kill()


def _end(one: Installation) -> None:
    one.process.send_signal(signal.SIGTERM)
    one.process.wait(60)


def _write_key(shop: Installation) -> str:
    return _ran(
        shop,
        "from zhiji.flow.collect.actions.sources import create_source;"
        "print(create_source(key='shop', name='shop', by=None).write_key)",
    )


def _ran(one: Installation, program: str, *, set_up: bool = True) -> str:
    """What a Python program within the installation says at its end."""
    environment = {**one.environment, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
    whole = f"import django; django.setup()\n{program}" if set_up else program
    told = subprocess.run([sys.executable, "-c", whole], env=environment, capture_output=True, text=True, timeout=90)
    assert told.returncode == 0, told.stderr
    return (told.stdout.splitlines() or [""])[-1]


def _tell(shop: Installation, key: str, first: int, many: int) -> None:
    """Accepted orders of `many` customers."""
    batch = []
    for number in range(first, first + many):
        who = {"userId": f"u{number % 40}", "messageId": f"m{number}"}
        batch.append(
            {"type": "track", **who, "event": "Order Completed", "properties": {"order_id": f"o{number}", "total": 9}}
        )
        batch.append(
            {"type": "identify", **who, "messageId": f"i{number}", "traits": {"email": f"u{number % 40}@example.com"}}
        )
    body = json.dumps({"batch": batch, "writeKey": key}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}/v1/batch", body, {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        assert answer.status == 200


def _rows(place: Path, shop: Installation) -> Manifest:
    """What the newest back-up at `place` holds."""
    repository = Repository(str(place), _master(shop))
    found = repository.manifest(repository.names()[-1])
    found.tables |= repository.newest().tables
    return found


def _master(shop: Installation) -> bytes:
    import base64

    return base64.b64decode((shop.home / "master_key").read_text())


def _same(one: Manifest, other: Manifest) -> list[str]:
    """The tables, files of the lake and of the folder that differ; pieces of one name are equal to the byte."""
    parts = []
    for kind in ("tables", "lake"):
        left, right = getattr(one, kind), getattr(other, kind)
        parts += [
            name
            for name in left.keys() | right.keys()
            if name not in left or name not in right or left[name].pieces != right[name].pieces
        ]
    return parts + [name for name, file in one.files.items() if other.files[name].pieces != file.pieces]


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_what_is_taken_in_the_middle_of_traffic_comes_back_to_the_byte(
    shop: Installation, copy: Installation, folder: Path
) -> None:
    key, stop = _write_key(shop), threading.Event()

    def flow() -> None:
        number = 0
        while not stop.is_set():
            _tell(shop, key, number, 20)
            number += 20

    flowing = threading.Thread(target=flow)
    flowing.start()
    try:
        wait_for(lambda: any((shop.home / "lake").rglob("*.parquet")))
        taken = shop.command("backup", "--to", str(folder / "store"))
    finally:
        stop.set()
        flowing.join()
    assert taken.returncode == 0, taken.stderr
    original = _rows(folder / "store", shop)
    assert original.tables["kernel_fact"].rows > 0 and original.tables["access_customerkey"].rows > 0 and original.lake
    _end(shop)

    back = copy.command("restore", "--from", str(folder / "store"), "--master-key", str(shop.home / "master_key"))
    assert back.returncode == 0, back.stderr
    again = copy.command("backup", "--to", str(folder / "second"))
    assert again.returncode == 0, again.stderr
    assert _same(original, _rows(folder / "second", shop)) == []
    copy.up()
    wait_for(copy.well)
    _tell(copy, key, 1_000_000, 1)
    _end(copy)


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_whom_a_later_back_up_knows_as_erased_does_not_come_back_with_an_earlier_one(
    shop: Installation, copy: Installation, folder: Path
) -> None:
    _tell(shop, _write_key(shop), 0, 1)
    store = str(folder / "store")
    wait_for(lambda: _ran(shop, "from zhiji.access.models import CustomerKey as k; print(k.objects.count())") == "1")
    assert shop.command("backup", "--to", store).returncode == 0
    _ran(
        shop,
        "from zhiji.flow.profile.actions import erase_customer as erase;"
        "from zhiji.flow.resolve.models import Customer; erase(customer_id=Customer.objects.get().pk, by=None)",
    )
    wait_for(lambda: _ran(shop, "from zhiji.kernel.models import Accepted as a; print(a.objects.count())") == "0")
    time.sleep(1.1)  # names of back-ups are whole seconds
    assert shop.command("backup", "--to", store).returncode == 0
    first, _ = shop.command("backup", "--to", store, "--list").stdout.split()
    _end(shop)

    given = ["restore", "--from", store, "--at", first, "--master-key", str(shop.home / "master_key")]
    assert copy.command(*given).returncode == 0
    assert b"u0@example.com" not in b"".join(
        path.read_bytes() for path in (folder / "store").rglob("*") if path.is_file()
    )
    left = "from zhiji.access.models import CustomerKey as k; from zhiji.flow.profile.models import ContactPoint as c;"
    with_database = "from zhiji.ops.fitting import at_work\nwith at_work():\n "
    assert _ran(copy, f"{with_database}{left} print(k.objects.count(), c.objects.count())", set_up=False) == "0 0"


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_tables_are_backed_up_before_they_are_brought_up_to_date(shop: Installation) -> None:
    _ran(shop, "from django.core.management import call_command; call_command('migrate', 'sales', 'zero', verbosity=0)")
    _end(shop)
    shop.up()
    wait_for(lambda: shop.said().count(b"is ready") == 2)
    assert b"To go back: with the version you had before" in shop.said()
    repository = Repository(str(shop.home / "backups"), _master(shop))
    (name,) = repository.names()
    assert "sales_task" not in repository.manifest(name).tables


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_killed_half_way_a_back_up_counts_as_none_and_a_restore_is_begun_again(
    shop: Installation, copy: Installation, folder: Path
) -> None:
    _tell(shop, _write_key(shop), 0, 400)
    store = str(folder / "store")
    for seconds in (0.1, 1.8, 2.4):
        _killed(shop, ["backup", "--to", store], Path(store), seconds)
    assert shop.command("backup", "--to", store).returncode == 0
    listed = shop.command("backup", "--to", store, "--list").stdout.split()
    for name in listed:
        assert list(Repository(store, _master(shop)).manifest(name).pieces())
    _end(shop)

    given = ["restore", "--from", store, "--master-key", str(shop.home / "master_key")]
    for seconds in (0.0, 1.0):
        _killed(copy, given, copy.home / RESTORING, seconds)
    assert "a restore into" in copy.command("up").stderr
    back = copy.command(*given)
    assert back.returncode == 0, back.stderr
    assert "isn't empty" in copy.command(*given).stderr


def _killed(one: Installation, arguments: list[str], begun: Path, seconds: float) -> None:
    """Kill the command so many seconds after this file was there, unless it ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "zhiji", *arguments],
        env=one.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(begun.exists)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.wait()
