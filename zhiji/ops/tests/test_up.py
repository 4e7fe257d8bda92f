"""The whole installation by its own command: it comes up, heals, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from zhiji.flow.collect.tests.running import free_port
from zhiji.ops.commands.worker import SHARES

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


class Installation:
    """`zhiji` in a data folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        others = {key: value for key, value in os.environ.items() if not key.startswith("ZHIJI_")}
        self.environment = {**others, "ZHIJI_HOME": str(home), "ZHIJI_PORT": str(self.port)}

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
        wait_for(lambda: b"is ready" in self.said(), self.process)

    def said(self) -> bytes:
        return (self.home / "up.log").read_bytes()

    def ours(self) -> list[psutil.Process]:
        """Every process of this installation but the supervisor."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("ZHIJI_HOME") == str(self.home) or process.cwd().startswith(str(self.home))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            if mine and process.pid != self.process.pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def status(self) -> int:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


def wait_for(true: Callable[[], bool], process: "subprocess.Popen[bytes] | None" = None, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline and (process is None or process.poll() is None)
        time.sleep(0.1)


@pytest.fixture
def installation() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="zhiji-up-"))
    made = Installation(home)
    yield made
    for process in made.ours():
        process.kill()
    shutil.rmtree(home, ignore_errors=True)


def test_up_heals_refuses_a_second_and_leaves_nothing(installation: Installation) -> None:
    installation.up()
    wait_for(lambda: installation.status() == 200)

    second = installation.command("up", ZHIJI_PORT=str(free_port()))
    assert second.returncode == 2 and "another zhiji" in second.stderr

    made = installation.command("createuser", "lin", "--role", "marketer", ZHIJI_NEW_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    assert installation.command("token", "lin").stdout.startswith("zj_")

    share = ["worker", *SHARES["pipeline"]]
    worker = next(one for one in installation.ours() if one.cmdline()[-3:] == share)
    worker.kill()
    wait_for(lambda: any(one.cmdline()[-3:] == share and one.pid != worker.pid for one in installation.ours()))
    assert b"pipeline ended (by signal 9); starting it again" in installation.said()

    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(60) == 0
    assert installation.ours() == []


def test_a_killed_supervisor_leaves_no_orphans_and_the_next_start_works(installation: Installation) -> None:
    installation.up()
    assert len(installation.ours()) >= 5
    installation.process.kill()
    installation.process.wait()
    wait_for(lambda: installation.ours() == [], seconds=60)
    (installation.home / "up.log").unlink()
    installation.up()
    installation.process.terminate()
    assert installation.process.wait(60) == 0


def test_a_bad_setting_is_one_clean_line_and_code_2(installation: Installation) -> None:
    refused = installation.command("up", ZHIJI_PORT="many")
    assert refused.returncode == 2
    assert refused.stderr.startswith("zhiji: ZHIJI_PORT is 'many' (environment)") and refused.stderr.count("\n") == 1


def test_the_doctor_names_what_is_wrong_and_what_to_do(installation: Installation) -> None:
    (installation.home / "master_key").write_text("x" * 44)
    (installation.home / "master_key").chmod(0o644)
    told = installation.command("doctor", ZHIJI_SMTP_URL="smtp://127.0.0.1:1")
    assert told.returncode == 1
    assert "chmod 600" in told.stdout and "127.0.0.1:1" in told.stdout and "zhiji up" in told.stdout
