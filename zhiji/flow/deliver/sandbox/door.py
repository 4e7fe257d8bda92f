"""The door to the sandbox: has templates filled in by a process of their own, and survives whatever they do to it."""

import atexit
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import structlog
from django.conf import settings

from zhiji.flow.deliver.sandbox import process
from zhiji.flow.deliver.sandbox.words import words
from zhiji.kernel.values.currency import sign_of

log = structlog.get_logger()
MOST_PROCESSES = 2
"""Of one process of the house: its senders, or its pages. Who comes when all are busy waits."""
PATIENCE = 30.0
"""Seconds to wait for an answer; the processor's time is bounded in the process itself, a busy machine takes long."""
INHERITED = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "VIRTUAL_ENV")


class TemplateRefused(ValueError):
    """The template can't be used; the message says what to mend.

    `line` is where, from 1, when known; `place` which of the templates it was, from 0.
    """

    def __init__(self, message: str, line: int | None = None, place: int = 0) -> None:
        super().__init__(message)
        self.line, self.place = line, place


@dataclass(frozen=True)
class Filled:
    """Texts of the templates, in order, and the variables they print that were empty, such as "coupon.code"."""

    texts: list[str]
    empty: list[str]


class _Dead(Exception):
    """The process ended, or didn't answer; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Process:
    """One process of the sandbox, asked one thing at a time."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - our own module, without a shell
            [sys.executable, "-m", process.__name__, settings.TIME_ZONE, sign_of(settings.CURRENCY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
        )
        assert self._child.stdin and self._child.stdout  # noqa: S101 - they are pipes
        self._in, self._out = self._child.stdin.fileno(), self._child.stdout.fileno()

    def ask(self, body: bytes) -> dict[str, Any]:
        """Raises _Dead."""
        try:
            self._write(process.HEAD.pack(len(body)) + body)
            size = process.HEAD.unpack(self._read(process.HEAD.size))[0]
            found: dict[str, Any] = orjson.loads(self._read(size))
        except OSError:
            raise _Dead(self._why()) from None
        return found

    def _write(self, body: bytes) -> None:
        left = memoryview(body)
        while left:
            left = left[os.write(self._in, left) :]

    def _read(self, size: int) -> bytes:
        parts, end = [], time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while size:
                if not selector.select(max(0.0, end - time.monotonic())):
                    raise _Dead("time")
                part = os.read(self._out, min(size, 1 << 20))
                if not part:
                    raise _Dead(self._why())
                parts.append(part)
                size -= len(part)
        return b"".join(parts)

    def _why(self) -> str:
        """Why it ended: out of time by its own limit, else out of memory."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(5)
        return "time" if self._child.returncode == -signal.SIGXCPU else "memory"

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # they are pipes


class _Pool:
    """At most MOST_PROCESSES processes; one that died or ran short is replaced by the next who asks."""

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(MOST_PROCESSES)
        self._idle: list[_Process] = []
        atexit.register(self.close)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            body = orjson.dumps(request, default=str)
        except TypeError:  # half a character, as only a broken program sends
            return {"refused": "characters", "line": None, "told": {}}
        with self._room:
            found = self._asked(body)
        return found

    def _asked(self, body: bytes) -> dict[str, Any]:
        while True:
            kept = self._taken()
            one = kept or _Process()
            try:
                found = one.ask(body)
            except _Dead as dead:
                one.end()
                log.warning("the sandbox ended", code=dead.code, kept=kept is not None)
                if kept is not None and dead.code == "memory":
                    continue  # it had ended for want of work, or ran short by what came before: once more in a new one
                return {"refused": dead.code, "line": None, "told": {"seconds": process.SECONDS}}
            except BaseException:
                one.end()
                raise
            if found.get("refused") == "memory":
                one.end()
            else:
                self._idle.append(one)
            return found

    def _taken(self) -> _Process | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def close(self) -> None:
        while one := self._taken():
            one.end()


_pool = _Pool()


def fill(sources: Sequence[tuple[str, bool]], variables: Mapping[str, Any]) -> Filled:
    """Fill templates `(source, is HTML)` in with plain data. Raises TemplateRefused, whatever they try."""
    found = _answered({"sources": sources, "variables": variables})
    return Filled(found["texts"], found["empty"])


@lru_cache(maxsize=512)
def needs(*sources: tuple[str, bool]) -> tuple[str, ...]:
    """The variables that these templates print without asking whether they are there. Raises TemplateRefused."""
    return tuple(_answered({"sources": sources})["needs"])


def _answered(request: dict[str, Any]) -> dict[str, Any]:
    found = _pool.ask(request)
    if code := found.get("refused"):
        told = found["told"]
        raise TemplateRefused(words(code, told), found["line"], told.get("place", 0))
    return found
