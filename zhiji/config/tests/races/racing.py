"""Two real connections at one lock: the first is held open, the second is seen to wait for it, then both end."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import connection, transaction

from zhiji.kernel.registry import ours

PATIENCE = 60.0
"""Seconds for what takes none on an idle machine."""
LOCKING = re.compile(r"FOR (NO KEY )?UPDATE|pg_advisory(_xact)?_lock|LOCK TABLE")
ZHIJI = Path(import_module("zhiji").__file__ or "").parent.parent


@dataclass
class Race:
    """What meets at a lock. `first` runs in a transaction that is held open; where it answers a context manager, that
    is entered and held, too. `second` comes then, on its own connection. `then` is told what each answered (an
    exception of the second's is its answer) and asserts the outcome.

    `passes`: the second doesn't wait but passes over what is held (SKIP LOCKED, a lock that is tried).
    """

    first: Callable[[], Any]
    second: Callable[[], Any]
    then: Callable[[Any, Any], None]
    passes: bool = False


class _Thread(threading.Thread):
    """A connection of its own, closed at the end."""

    def __init__(self, run: Callable[["_Thread"], Any]) -> None:
        super().__init__(daemon=True)
        self._run_it, self.answer = run, None
        self.backend, self.ready = 0, threading.Event()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.backend,) = cursor.fetchone()
            self.answer = self._run_it(self)
        except BaseException as error:
            self.answer = error
        finally:
            self.ready.set()
            connection.close()


def run(race: Race, site: str) -> None:
    """Let them meet at `site` (`zhiji/…/file.py:function`)."""
    go = threading.Event()

    def hold(me: _Thread) -> Any:
        with transaction.atomic():
            answer = race.first()
            with answer if isinstance(answer, AbstractContextManager) else nullcontext():
                me.ready.set()
                assert go.wait(PATIENCE)
        return answer

    passed: set[str] = set()
    first, second = _Thread(hold), _Thread(lambda me: _watched(race.second, passed) if race.passes else race.second())
    try:
        first.start()
        assert first.ready.wait(PATIENCE) and not isinstance(first.answer, BaseException), repr(first.answer)
        second.start()
        if race.passes:
            second.join(PATIENCE)
            assert not second.is_alive(), "it waits, instead of passing over what another holds"
            assert site in passed, f"it never came to {site}"
        else:
            _seen_to_wait(first, second, site)
    finally:
        go.set()
        for thread in (first, second):
            if thread.ident is not None:
                thread.join(PATIENCE)
    if isinstance(first.answer, BaseException):
        raise first.answer
    race.then(first.answer, second.answer)


def _seen_to_wait(first: _Thread, second: _Thread, site: str) -> None:
    """Until the database says that the second waits for the first, by a lock that `site` asks for. The statement that
    it tells is looked up a moment before who waits, so one that asks for no lock is looked at again.
    """
    until, chance = time.monotonic() + PATIENCE, ""
    while time.monotonic() < until:
        assert second.is_alive(), f"it waited for nobody; it answered {second.answer!r}"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT query FROM pg_stat_activity WHERE pid = %s AND %s = ANY (pg_blocking_pids(pid))",
                [second.backend, first.backend],
            )
            found = cursor.fetchone()
        if found and not LOCKING.search(found[0]):
            chance = f"; it waits by chance, at no lock: {found[0][:200]}"
        elif found:
            where = set(_sites(sys._current_frames().get(second.ident or 0)))
            assert site in where, f"it waits at another place: {sorted(where)}"
            return
        time.sleep(0.005)
    raise AssertionError(f"never seen to wait at {site}{chance}")


def _sites(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ZHIJI / "zhiji") and not frame.f_code.co_name.startswith("<"):
            yield f"{path.relative_to(ZHIJI).as_posix()}:{frame.f_code.co_name}"
        frame = frame.f_back


def _watched(action: Callable[[], Any], passed: set[str]) -> Any:
    def called(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ZHIJI / "zhiji")):
            path = Path(frame.f_code.co_filename).relative_to(ZHIJI).as_posix()
            passed.add(f"{path}:{frame.f_code.co_name}")

    sys.setprofile(called)
    try:
        return action()
    finally:
        sys.setprofile(None)


def races() -> dict[str, Callable[[], Race]]:
    """{site, or site and a word for a further race at it: how to set it up}, from `tests/races.py` of every app."""
    found: dict[str, Callable[[], Race]] = {}
    for app in ours():
        name = f"{app.name}.tests.races"
        if find_spec(f"{app.name}.tests") and find_spec(name):
            found |= import_module(name).RACES
    return found
