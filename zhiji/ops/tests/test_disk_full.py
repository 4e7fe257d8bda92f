"""A disk that is full is said by name, nothing acknowledged is lost, and all goes on by itself when there is room.

Over the server and the workers that ship, in a data folder on a small file system of its own (which takes root).
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from zhiji.ops.tests.installation import Doors, Installation, track, wait_for

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
SIZE = 600  # MiB: an empty installation takes 150, PostgreSQL's log grows by 16 at a time


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Installation, Doors]]:
    with tempfile.TemporaryDirectory(prefix="zhiji-full-") as place:
        mounted = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=711", "tmpfs", place]
        if subprocess.run(mounted, capture_output=True).returncode:
            pytest.skip("NOT TESTED: a full disk, as this user may not mount a small file system")
        home = Path(place) / "home"
        home.mkdir(mode=0o711)
        installation = Installation(home)
        try:
            installation.up()
            yield installation, Doors(installation)
        finally:
            installation.end()
            subprocess.run(["umount", "-l", place], check=True)


def fill(home: Path) -> Path:
    """Take all the room there is."""
    filler = home / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"\1" * 2**16)
                file.flush()
        except OSError:
            return filler


def said(house: Installation, path: str) -> httpx.Response:
    return httpx.get(f"{house.url}{path}", timeout=20, trust_env=False)


def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(house: tuple[Installation, Doors]) -> None:
    installation, doors = house
    doors.send(track("first", "u", mark="first"))
    filler = fill(installation.home)
    taken, refused = ["first"], None
    deadline = time.monotonic() + 120
    while refused is None:
        assert time.monotonic() < deadline, "it takes facts without end on a full disk"
        marks = [f"{len(taken)}-{n}" for n in range(100)]
        events = [track("full", "u", mark=mark, text="x" * 5_000) for mark in marks]
        answer = doors.door.post("/v1/batch", json={"batch": events})
        if answer.status_code == 200:
            taken += marks
        elif answer.status_code != 503:  # for the moment in which the database falls over
            refused = answer
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full") and int(refused.headers["retry-after"])
    ready = said(installation, "/readyz")
    assert ready.status_code == 503 and not ready.json()["disk"]["ok"]
    assert ready.json()["database"] in ({"ok": True}, {"ok": False, "error": "disk full"})
    assert said(installation, "/healthz").status_code == 200
    assert "as good as full" in installation.command("doctor").stdout

    filler.unlink()
    wait_for(lambda: said(installation, "/readyz").status_code == 200, seconds=120)
    doors.send(track("last", "u", mark="last"))
    one = {"kind": "behaviour", "fact": "last", "measure": "count", "window": None, "op": "ge", "value": 1}
    wait_for(lambda: doors.ask("POST", "/conditions/preview", {"condition": one})["count"] == 1, seconds=60)
    full = {**one, "fact": "full", "value": len(taken) - 1}
    wait_for(lambda: doors.ask("POST", "/conditions/preview", {"condition": full})["count"] == 1, seconds=60)
