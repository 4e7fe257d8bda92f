"""One parent for all processes of an installation: restarts what dies, ends everything when it is told to."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from zhiji.ops.lifeline import VARIABLE, tied

Report = Callable[[str], None]
PATIENCE = 20.0  # seconds a child has to end by itself
STEADY = 60.0  # seconds after which a child that runs is forgiven its earlier deaths


@dataclass
class Child:
    """A process to keep alive: `arguments` of the zhiji command."""

    name: str
    arguments: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    deaths: int = 0
    started: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.process = spawn(self.arguments)
        self.started = time.monotonic()

    def look(self, report: Report) -> None:
        """Start it when it is due; when it has died, say so and plan its return, later after each death."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.deaths = 1 if now - self.started > STEADY else self.deaths + 1
        pause = min(30.0, 0.5 * 2 ** (self.deaths - 1))
        report(f"{self.name} ended ({_ending(code)}); starting it again in {pause:.1f} s")
        self.process, self.due = None, now + pause


class Supervisor:
    """Keeps children alive until a signal comes. Use from the main thread."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.children: list[Child] = []
        self.stopping = threading.Event()
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self._asked_to_stop)

    def add(self, name: str, *arguments: str) -> None:
        child = Child(name, arguments)
        child.start()
        self.children.append(child)

    def run_to_end(self, *arguments: str) -> int:
        """Run one command and wait for it, answering its exit code; a signal meanwhile ends it too."""
        process = spawn(arguments)
        while (code := process.poll()) is None:
            if self.stopping.wait(0.02):
                end([process])
                return 130
        return code

    def watch(self, also: Callable[[], None] = lambda: None) -> None:
        """Until a signal comes, restart children that die; `also` is called several times a second."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                child.look(self.report)
            also()

    def end_all(self) -> None:
        end([child.process for child in self.children if child.process is not None])
        self.children.clear()

    def _asked_to_stop(self, number: int, frame: object) -> None:
        self.stopping.set()


def spawn(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A zhiji command as a child that ends with us, in a session of its own (Ctrl+C reaches only us)."""
    return subprocess.Popen(
        tied([sys.executable, "-m", "zhiji", *arguments], signal.SIGTERM),
        env={**os.environ, VARIABLE: "1"},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask the processes to end, then make them, with all they started."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        _kill_group(process)
        process.wait()


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with code {code}"
