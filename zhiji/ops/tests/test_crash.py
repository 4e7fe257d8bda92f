"""kill -9 anything, at any moment, as often as you like: the end is what one clean run would have left."""

import base64
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from zhiji.config import keys
from zhiji.flow.collect.tests.running import free_port
from zhiji.ops import postgres
from zhiji.ops.lifeline import VARIABLE, tied
from zhiji.ops.tests.crash_scene import KEY, QUERIES

KILLS = 60
CUSTOMERS, ORDERS = 120, 400

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]


def story() -> list[list[dict[str, Any]]]:
    """What happens in the shop, in chapters: visits and accounts; which of them are one; then orders.

    Within a chapter nothing hangs on which events the pipeline happens to take together, so there is one right end.
    """
    seed = random.Random("zhiji crash test")
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    chapters: list[list[dict[str, Any]]] = [[], [], []]

    def say(chapter: int, **event: Any) -> None:
        number = sum(map(len, chapters))
        at = began + timedelta(seconds=number)
        chapters[chapter].append({"messageId": f"m-{number}", "timestamp": at.isoformat(), **event})

    for who in range(CUSTOMERS):
        say(0, type="identify", userId=f"u-{who}", traits={"name": f"客户{who}", "email": f"u{who}@example.com"})
        for _ in range(seed.randrange(3)):
            say(0, type="page", anonymousId=f"a-{who}", name="首页")
    for who in range(CUSTOMERS):
        if who % 3:
            say(1, type="identify", userId=f"u-{who}", anonymousId=f"a-{who}", traits={"city": "上海"})
        if who % 4 == 1:
            say(1, type="alias", userId=f"u-{who}", previousId=f"u-{who - 1}")
    for number in range(ORDERS):
        user = f"u-{seed.randrange(CUSTOMERS)}"
        order = {"order_id": f"o-{number}", "total": seed.choice([20, 60, 130, 260]), "currency": "CNY"}
        say(2, type="track", event="Order Completed", userId=user, properties=order)
        say(2, type="track", event="Product Viewed", userId=user, properties={"product_id": str(number % 50)})
    return chapters


class House:
    """One installation of its own: a database of the server in `home`, its processes, what may be killed."""

    def __init__(self, home: Path, name: str) -> None:
        self.home, self.port = home, free_port()
        keys.master_key(home, "")  # as `up` does, before the database
        self.address = address = postgres.start(home, name, tied=True, shared_buffers="64MB")
        (home / "postgres.url").unlink()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ZHIJI_")},
            "ZHIJI_HOME": str(home),
            "ZHIJI_DATABASE_URL": address + "&pool=0",
            "ZHIJI_LAKE_URL": str(home / f"lake-{name}"),
            "ZHIJI_PORT": str(self.port),
            "ZHIJI_DEMO": "1",
            "ZHIJI_TEST_CLOCK": "1",
            "ZHIJI_LOG_LEVEL": "ERROR",
            VARIABLE: "1",
        }
        self.run("zhiji", "migrate", "--quiet")
        self.scene("set-up")
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        for command in ("web", "mailserver"):
            self.start(command)
        self.nursery = self.spawn("zhiji.ops.tests.crash_scene", "nursery", stdin=subprocess.PIPE)
        assert self.nursery.stdout is not None and self.nursery.stdout.readline() == b"ready\n"
        self.workers = [self.worker(), self.worker()]

    def spawn(self, module: str, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            tied([sys.executable, "-m", module, *arguments], signal.SIGKILL),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=(self.home / "stderr").open("ab"),
            start_new_session=True,
            **more,
        )

    def run(self, module: str, *arguments: str) -> str:
        process = self.spawn(module, *arguments)
        output, _ = process.communicate(timeout=180)
        assert process.returncode == 0, (self.home / "stderr").read_text()[-3000:]
        return output.decode()

    def scene(self, what: str) -> str:
        return self.run("zhiji.ops.tests.crash_scene", what)

    def start(self, command: str) -> None:
        self.children[command] = self.spawn("zhiji", command)

    def worker(self) -> int:
        assert self.nursery.stdin is not None and self.nursery.stdout is not None
        assert self.nursery.poll() is None, (self.nursery.returncode, (self.home / "stderr").read_text()[-3000:])
        self.nursery.stdin.write(b"\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())

    def kill(self, chance: random.Random) -> str:
        """kill -9 one process at random and start it again; mostly a worker, sometimes what it relies on."""
        draw = chance.random()
        self.heal()
        if draw < 0.8:
            at = chance.randrange(2)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.workers[at], signal.SIGKILL)
            self.workers[at] = self.worker()
            return "worker"
        if draw < 0.96:
            command = "web" if draw < 0.88 else "mailserver"
            child = self.children[command]
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            self.start(command)
            return command
        os.kill(postgres.running(self.home) or 0, signal.SIGKILL)
        postgres.start(self.home, tied=True, shared_buffers="64MB")
        (self.home / "postgres.url").unlink()
        return "postgres"

    def heal(self) -> None:
        """Start again what ended by itself, as the supervisor does: a worker whose database went away."""
        for at, pid in enumerate(self.workers):
            if not psutil.pid_exists(pid) or psutil.Process(pid).ppid() != self.nursery.pid:
                self.workers[at] = self.worker()
        for command, child in self.children.items():
            if child.poll() is not None:
                self.start(command)

    def tell_all(self, chapters: list[list[dict[str, Any]]], pause: float = 0.0) -> None:
        for events in chapters:
            self.tell(events, pause)
            deadline = time.monotonic() + 300
            while self.waiting():
                assert time.monotonic() < deadline
                time.sleep(0.2)

    def waiting(self) -> bool:
        """Whether accepted facts wait, as far as the database lets us know."""
        try:
            with psycopg.connect(self.address, connect_timeout=5) as connection:
                return connection.execute("SELECT FROM kernel_accepted LIMIT 1").fetchone() is not None
        except psycopg.OperationalError:
            return True

    def tell(self, events: list[dict[str, Any]], pause: float = 0.0) -> None:
        """Send by the tracking protocol; what wasn't answered by 200 is sent again, as SDKs do."""
        basic = base64.b64encode(f"{KEY}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {basic}"}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for start in range(0, len(events), 10):
            body = json.dumps({"batch": events[start : start + 10]}).encode()
            deadline = time.monotonic() + 300
            while True:
                request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/batch", body, headers)
                try:
                    with opener.open(request, timeout=15) as answer:
                        assert answer.status == 200
                        break
                except (OSError, urllib.error.URLError) as error:
                    refused = isinstance(error, urllib.error.HTTPError) and error.code < 429
                    if refused or time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)
            time.sleep(pause)

    def come_to_rest(self) -> None:
        """Wait until no work is left; the clock is moved on past the pauses between attempts."""
        began = time.monotonic()
        while any((left := json.loads(self.scene("left"))).values()):
            assert time.monotonic() - began < 300, (left, (self.home / "stderr").read_text()[-3000:])
            self.heal()
            (self.home / "clock").write_text(str((time.monotonic() - began) * 200))
            time.sleep(0.5)
        (self.home / "clock").unlink(missing_ok=True)

    def close(self) -> None:
        for child in (self.nursery, *self.children.values()):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="zhiji-crash-"))
    yield folder
    postgres.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def end_of(house: House) -> dict[str, Any]:
    house.come_to_rest()
    state: dict[str, Any] = json.loads(house.scene("state"))
    house.close()
    return state


def test_killed_anywhere_the_end_is_that_of_one_clean_run(home: Path) -> None:
    chapters = story()
    clean = House(home, "clean")
    clean.tell_all(chapters)
    expected = end_of(clean)
    did = {kind for person in expected.values() for kind in person}
    assert len(expected[""]["keys"]) == sum(map(len, chapters)) and expected[""]["mails"], "the clean run did its work"
    assert set(QUERIES) <= did, f"the clean run did nothing of {set(QUERIES) - did}"

    killed = House(home, "killed")
    telling = threading.Thread(target=killed.tell_all, args=(chapters, 0.3))
    telling.start()
    kills: list[str] = []
    chance = random.Random(os.urandom(8))
    while len(kills) < KILLS:
        time.sleep(chance.uniform(0.05, 1.2))
        kills.append(killed.kill(chance))
    while telling.is_alive():
        killed.heal()
        telling.join(0.5)
    found = end_of(killed)

    assert found[""]["keys"] == expected[""]["keys"], "every accepted fact is in the log exactly once"
    different = {
        person: (expected.get(person), found.get(person))
        for person in expected.keys() | found.keys()
        if expected.get(person) != found.get(person)
    }
    assert not different, f"after {len(kills)} kills ({set(kills)}): {json.dumps(different, ensure_ascii=False)[:4000]}"
