"""One parent for all processes of an installation: loads what they share, forks them, restarts what dies, ends
everything when it is told to.

A child is a fork: what was loaded before is in memory once, however many processes use it. So the parent itself has
no thread and no connection of its own when a child starts.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from zhiji.ops.lifeline import VARIABLE, call_itself, end_with_parent

Report = Callable[[str], None]
PATIENCE = 20.0  # seconds a child has to end by itself
STEADY = 60.0  # seconds after which a child that runs is forgiven its earlier deaths
LOOK = 1.0  # seconds between two looks at the children, when no signal says that one has ended
QUIET = 180.0  # seconds after help was last asked for in which it stays
OURS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1)
_context: Any = get_context("fork" if sys.platform == "linux" else "spawn")  # elsewhere a fork isn't safe


@dataclass
class Child:
    """A process to keep alive: `arguments` of the zhiji command."""

    name: str
    arguments: Sequence[str]
    process: BaseProcess | None = None
    deaths: int = 0
    started: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.process = spawn(self.arguments, self.name)
        self.started = time.monotonic()

    def look(self, report: Report) -> None:
        """Start it when it is due; when it has died, say so and plan its return, later after each death."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.exitcode
        if code is None:
            return
        self.deaths = 1 if now - self.started > STEADY else self.deaths + 1
        pause = min(30.0, 0.5 * 2 ** (self.deaths - 1))
        report(f"{self.name} ended ({_ending(code)}); starting it again in {pause:.1f} s")
        self.process, self.due = None, now + pause


@dataclass
class Helper:
    """A child that is there while another asks for help, which it tells that it is there."""

    child: Child
    helped: Child
    until: float = 0.0

    def wanted(self) -> None:
        self.until = time.monotonic() + QUIET

    def look(self, report: Report) -> None:
        """Start it when it is wanted, or again when it has died; ask it to end when it has not been for a while."""
        process = self.child.process
        if time.monotonic() < self.until:
            self.child.look(report)
            if self.child.process is not None and self.helped.process is not None and self.helped.process.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.helped.process.pid, signal.SIGUSR1)
        elif process is not None:
            if process.exitcode is None:
                process.terminate()
            else:
                self.child.process = None


class Supervisor:
    """Keeps children alive until a signal comes. Use from the main thread."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.children: list[Child] = []
        self.helper: Helper | None = None
        self.stopping, self.signalled = threading.Event(), threading.Event()
        for one in OURS:
            signal.signal(one, self._signal)

    def add(self, name: str, *arguments: str) -> None:
        child = Child(name, arguments)
        child.start()
        self.children.append(child)

    def add_helper(self, name: str, helped: str, *arguments: str) -> None:
        """A child that is started when the child `helped` asks for it by SIGUSR1, and let go when it no longer does."""
        (whom,) = [one for one in self.children if one.name == helped]
        self.helper = Helper(Child(name, arguments), whom)

    def run_to_end(self, *arguments: str) -> int:
        """Run one command and wait for it, answering its exit code; a signal meanwhile ends it too."""
        process = spawn(arguments, arguments[0])
        while (code := process.exitcode) is None:
            if self.wait(LOOK):
                end([process])
                return 130
        return code

    def watch(self, also: Callable[[], None] = lambda: None) -> None:
        """Until a signal comes, restart children that die; `also` is called after each look at them."""
        while not self.wait(LOOK):
            for child in self.children:
                child.look(self.report)
            if self.helper is not None:
                self.helper.look(self.report)
            also()

    def wait(self, seconds: float) -> bool:
        """Wait until a child ends, at most so long. Whether a signal to stop has come."""
        self.signalled.wait(0 if self.stopping.is_set() else seconds)
        self.signalled.clear()
        return self.stopping.is_set()

    def end_all(self) -> None:
        every = [*self.children, *([self.helper.child] if self.helper else [])]
        end([child.process for child in every if child.process is not None])
        self.children.clear()
        self.helper = None

    def _signal(self, number: int, frame: object) -> None:
        if number == signal.SIGUSR1:
            if self.helper is not None:
                self.helper.wanted()
            return
        if number != signal.SIGCHLD:
            self.stopping.set()
        self.signalled.set()


def spawn(arguments: Sequence[str], name: str) -> BaseProcess:
    """A zhiji command as a child that ends with us, in a session of its own (Ctrl+C reaches only us)."""
    process: BaseProcess = _context.Process(target=_run, args=(os.getpid(), name, arguments), name=name)
    with _unsignalled():
        process.start()
    return process


def _run(parent: int, name: str, arguments: Sequence[str]) -> None:
    """What a child does, from its beginning: none of the parent's answers to signals, then the command."""
    answers: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGUSR1: signal.SIG_IGN}
    for one in OURS:
        signal.signal(one, answers.get(one, signal.SIG_DFL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, OURS)
    os.setsid()
    end_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        return
    call_itself(f"zhiji {name}")
    os.environ[VARIABLE] = "1"
    from zhiji.ops.cli import main

    main(arguments)


@contextlib.contextmanager
def _unsignalled() -> Iterator[None]:
    """Let no signal in: a child that begins would answer it as its parent does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, OURS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end(processes: Sequence[BaseProcess]) -> None:
    """Ask the processes to end, then make them, with all they started."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0.1, deadline - time.monotonic()))
        _kill_group(process)
        process.join()


def _kill_group(process: BaseProcess) -> None:
    process.kill()
    if process.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with code {code}"
