import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from zhiji.ops import cli, supervisor
from zhiji.ops.supervisor import Child, end


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Children run small Python programs instead of zhiji commands."""
    started: list[BaseProcess] = []
    spawn = supervisor.spawn

    def spawned(arguments: tuple[str, ...], name: str) -> BaseProcess:
        started.append(spawn(arguments, name))
        return started[-1]

    monkeypatch.setattr(supervisor, "spawn", spawned)
    monkeypatch.setattr(cli, "main", lambda arguments: exec(arguments[0], {}))
    yield
    end(started)


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_child_that_dies_comes_back_later_after_each_death(python: None) -> None:
    said: list[str] = []
    child = Child("worker", ("raise SystemExit(3)",))
    for death in (1, 2, 3):
        child.due = 0
        wait_for(lambda wanted=death: child.look(said.append) or len(said) == wanted)
    assert said[0] == "worker ended (with code 3); starting it again in 0.5 s"
    assert "in 2.0 s" in said[2] and child.process is None


def test_a_child_that_ran_long_is_forgiven_its_deaths(python: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STEADY", 0.0)
    said: list[str] = []
    child = Child("worker", ("pass",), deaths=6)
    wait_for(lambda: child.look(said.append) or bool(said))
    assert child.deaths == 1


def test_who_doesnt_end_when_asked_is_made_to_with_all_it_started(
    python: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.5)
    note = tmp_path / "grandchild"
    stubborn = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); pid = os.fork();"
        f"pid and open({str(note)!r}, 'w').write(str(pid)); time.sleep(600)"
    )
    process = supervisor.spawn((stubborn,), "stubborn")
    wait_for(lambda: note.exists() and note.read_text() != "")
    end([process])
    assert process.exitcode == -signal.SIGKILL
    wait_for(lambda: not alive(int(note.read_text())))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "child"
    child = (
        "import os, time; from zhiji.ops.lifeline import follow_parent; follow_parent();"
        f"open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"],
        env={**os.environ, "ZHIJI_LIFELINE": "1"},
    )
    wait_for(lambda: note.exists() and note.read_text() != "")
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(int(note.read_text())))


WORKER = """
import os, signal, sys, time
heard = [0]
signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
while not len(heard) > 2:
    os.kill(os.getppid(), signal.SIGUSR1)
    time.sleep(0.05)
open({path!r}, "w").close()
time.sleep(60)
"""


def test_help_comes_when_it_is_asked_for_says_so_and_goes_when_it_is_quiet(
    python: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "QUIET", 4.0)
    monkeypatch.setattr(supervisor, "LOOK", 0.1)
    house = supervisor.Supervisor(lambda text: None)
    told, seen = tmp_path / "told", list[bool]()
    house.add("worker", WORKER.format(path=str(told)))
    house.add_helper("helper", "worker", "import time; time.sleep(60)")
    assert house.helper is not None
    helper = house.helper.child

    def look() -> None:
        seen.append(helper.process is not None)
        if seen[-1] is False and True in seen:
            house.stopping.set()

    try:
        threading.Timer(60, house.stopping.set).start()
        house.watch(also=look)
    finally:
        house.end_all()
    assert told.exists()
    assert True in seen and seen[-1] is False
