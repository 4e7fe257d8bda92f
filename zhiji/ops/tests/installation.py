"""An installation of its own for a test: `zhiji up` in a data folder, and its doors as strangers use them."""

import atexit
import contextlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psutil

from zhiji.flow.collect.tests.running import free_port

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request
ADMINISTRATOR, PASSWORD = "lin", "correct horse battery"
PAGE = 200  # rows that the API gives at once at most


class Installation:
    """`zhiji` in a data folder of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home, self.port = home, free_port()
        others = {key: value for key, value in os.environ.items() if not key.startswith("ZHIJI_")}
        self.environment = {**others, "ZHIJI_HOME": str(home), "ZHIJI_PORT": str(self.port), **settings}
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes]

    def command(self, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "zhiji", *arguments],
            env={**self.environment, **given},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def up(self) -> None:
        log = (self.home / "up.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zhiji", "up"], env=self.environment, stdout=log, stderr=log
        )
        try:
            wait_for(lambda: b"is ready" in self.said(), self.process, seconds=300)
        except AssertionError:
            raise AssertionError(f"it didn't come up:\n{self.said().decode()[-3000:]}") from None

    def down(self) -> None:
        """End it as Ctrl+C does."""
        self.process.terminate()
        self.process.wait(60)

    def end(self) -> None:
        """Leave no process of it behind, however it went."""
        if hasattr(self, "process"):
            self.process.kill()
            self.process.wait()
            for one in self.ours():
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()

    def said(self) -> bytes:
        return (self.home / "up.log").read_bytes()

    def ours(self) -> list[psutil.Process]:
        """Every process of this installation but the supervisor."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("ZHIJI_HOME") == str(self.home) or process.cwd().startswith(str(self.home))
                if mine and process.pid != self.process.pid and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def called(self, name: str) -> list[psutil.Process]:
        """Those of them that the supervisor started under this name, and their forks; some may end while one looks."""
        found = []
        for process in self.ours():
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.name() == f"zhiji {name}"[:15]:
                    found.append(process)
        return found

    def well(self) -> bool:
        """Whether it serves, and nothing of it stands still."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=10, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and not answer.json()["degraded"]


def wait_for(true: Callable[[], bool], process: "subprocess.Popen[bytes] | None" = None, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline and (process is None or process.poll() is None)
        time.sleep(0.1)


class Doors:
    """The API with a token, the tracking protocol with a write key, and pages in a browser that has signed in: all as
    an administrator has them who has just made their account and a source."""

    def __init__(self, house: Installation) -> None:
        made = house.command("createuser", ADMINISTRATOR, ZHIJI_NEW_PASSWORD=PASSWORD)
        assert made.returncode == 0, made.stderr
        given: dict[str, Any] = {"base_url": house.url, "timeout": 60, "trust_env": False}
        self.pages = httpx.Client(**given, follow_redirects=True)
        self.post("/accounts/login/", login=ADMINISTRATOR, password=PASSWORD)
        scopes = set(re.findall(r'name="scopes" value="([\w:]+)"', self.pages.get("/me/").text))
        me = self.post("/me/", to="/me/tokens/", name="test", days="0", scopes=sorted(scopes))
        source = self.post("/sources/new/", name="商城", key="shop")
        token, key = re.search(r"zj_[\w-]+", me.text), re.search(r"wk_[\w-]+", source.text)
        assert token and key, (me.text, source.text)
        self.api = httpx.Client(**given, headers={"Authorization": f"Bearer {token[0]}"})
        self.door = httpx.Client(**given, auth=(key[0], ""))
        wait_for(lambda: self.door.post("/v1/batch", json={"batch": []}).status_code != 401)

    def post(self, path: str, *, to: str = "", **fields: str | list[str]) -> httpx.Response:
        """Fill a page's form and send it (`to` another address than the page's)."""
        page = self.pages.get(path)
        crumb = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert crumb is not None, f"{path} has no form: {page.status_code}"
        answer = self.pages.post(to or path, data={**fields, "csrfmiddlewaretoken": crumb[1]})
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers."""
        answer = self.api.request(method, f"/api{path}", json=body)
        assert answer.is_success, (method, path, answer.status_code, answer.text[:2000])
        return answer.json() if answer.content else None

    def send(self, *events: dict[str, Any]) -> None:
        """Facts by the tracking protocol, committed when this returns."""
        answer = self.door.post("/v1/batch", json={"batch": list(events)})
        assert answer.status_code == 200 and not answer.json().get("quarantined"), answer.text

    def members(self, path: str) -> set[int]:
        """Every member at /segments/{key} or /schemes/{key}/classes/{key}, page by page."""
        found: set[int] = set()
        cursor = ""
        while True:
            page = self.ask("GET", f"{path}/members?size={PAGE}&cursor={cursor}")
            found |= {row["customer_id"] for row in page["rows"]}
            cursor = page["next"]
            if not cursor:
                return found

    def close(self) -> None:
        for one in (self.pages, self.api, self.door):
            one.close()


def track(event: str, user: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": user, "properties": properties}


@cache
def _as_first_left() -> Path:
    """A data folder that was up once. To make one takes four times as long as to start in one that is made."""
    home = Path(tempfile.mkdtemp(prefix="zhiji-first-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    one = Installation(home)
    try:
        one.up()
        one.down()
    finally:
        one.end()
    (home / "up.log").unlink()
    return home


def furnish(home: Path) -> None:
    """Fill an empty data folder as the first `zhiji up` leaves it."""
    subprocess.run(["cp", "-a", f"{_as_first_left()}/.", str(home)], check=True)


@contextmanager
def temporary(prefix: str, *, empty: bool = False, **settings: str) -> Iterator[Installation]:
    """An installation that isn't up, in a folder that goes with it: one that was up once, or an empty one."""
    home = Path(tempfile.mkdtemp(prefix=prefix))
    made = Installation(home, **settings)
    try:
        if not empty:
            furnish(home)
        yield made
    finally:
        made.end()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(prefix: str, **settings: str) -> Iterator[tuple[Installation, Doors]]:
    """An installation that is up, and its doors."""
    with temporary(prefix, **settings) as house:
        house.up()
        doors = Doors(house)
        try:
            yield house, doors
        finally:
            doors.close()
            house.down()
