"""A pytest plugin that holds the collected tests ready and tries one wrong change after another, each in a fork.

The change is put into the functions that are loaded already, so a try costs what its tests take and no start: neither
of Python nor of a database. It is asked by the pipe MUTANTS_PIPE:

    (names of tests, None, None)           runs all of them as the code stands, and notes which line each reaches
    (names of tests, file, wrong text)     runs them with this file's functions as the text has them, up to a failure

The answer is one of the outcomes below.
"""

import functools
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage

PASSED, FAILED, NOT_HERE = 0, 1, 2
"""NOT_HERE: the change is in what is read when a module is loaded, so only a fresh start shows it."""
TOO_LONG = -1
LONGEST = 120.0  # seconds of one try
COVERAGE = ".coverage"


def pytest_runtestloop(session: pytest.Session) -> bool:
    items = {item.nodeid: item for item in session.items}
    _warm(session)
    with Connection(int(os.environ["MUTANTS_PIPE"])) as asking:
        asking.send(list(items))
        while asked := asking.recv():
            names, file, text = asked
            chosen = [items[name] for name in names if name in items]
            if file is None:
                asking.send(_forked(lambda chosen=chosen: _noted(session, chosen), 3600))
                continue
            outcome = _forked(lambda c=chosen, f=file, t=text: _changed(session, c, f, t), LONGEST)
            if outcome == TOO_LONG:
                _tidied(session)
            asking.send(outcome)
    return True


def _warm(session: pytest.Session) -> None:
    """Run one test with the database, so that it and every page are there before the first fork."""
    from django.db import connections
    from django.urls import get_resolver

    for first in [item for item in session.items if "db" in getattr(item, "fixturenames", ())][:1]:
        runtestprotocol(first, log=False, nextitem=session)  # type: ignore[arg-type] - what lasts a session stays
    assert get_resolver().url_patterns
    connections.close_all()


def _forked(work: Callable[[], int], longest: float) -> int:
    """What `work` returned in a fork; whatever it started ends with it."""
    child = os.fork()
    if not child:
        os.setsid()
        outcome = FAILED
        try:
            outcome = work()
        finally:
            os._exit(outcome)
    until = time.monotonic() + longest
    done, status = 0, 0
    while not done and time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not done:
        os.waitpid(child, 0)
        return TOO_LONG
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else FAILED


def _tidied(session: pytest.Session) -> None:
    """What a try that was stopped left in the database and the data folder."""
    from django.conf import settings
    from django.db import connections
    from pytest_django.plugin import blocking_manager_key

    from conftest import _as_installed

    (Path(settings.HOME) / "clock").unlink(missing_ok=True)
    with session.config.stash[blocking_manager_key].unblock():
        _as_installed(None)  # type: ignore[arg-type]
    connections.close_all()


def _noted(session: pytest.Session, items: list[pytest.Item]) -> int:
    noting = Coverage(COVERAGE, source=["zhiji"])
    noting.start()
    failed = PASSED
    for item in items:
        noting.switch_context(item.nodeid)
        if _fails(session, item):
            failed = FAILED
            print(f"fails without any change: {item.nodeid}", file=sys.__stderr__, flush=True)
    noting.stop()
    noting.save()
    return failed


def _changed(session: pytest.Session, items: list[pytest.Item], file: str, text: str) -> int:
    if not _put_in(file, text):
        return NOT_HERE
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and str(one.__module__).startswith("zhiji."):
            one.cache_clear()
    return FAILED if any(_fails(session, item) for item in items) else PASSED


def _fails(session: pytest.Session, item: pytest.Item) -> bool:
    return any(one.failed for one in runtestprotocol(item, log=False, nextitem=session))  # type: ignore[arg-type]


def _put_in(file: str, text: str) -> bool:
    """Give the functions of this file the code that the text has for them; False where that isn't all."""
    right, wrong = (compile(one, file, "exec", dont_inherit=True) for one in (Path(file).read_text("utf-8"), text))
    try:
        pairs = list(_different(right, wrong))
    except ValueError:
        return False
    for before, after in pairs:
        # a function that was wrapped or bound anywhere is found too
        live = [one for one in gc.get_objects() if isinstance(one, FunctionType) and one.__code__ == before]
        live = [one for one in live if Path(one.__code__.co_filename).resolve() == Path(file).resolve()]
        if not live or before.co_freevars != after.co_freevars:
            return False
        for one in live:
            one.__code__ = after
    return bool(pairs)


def _different(right: CodeType, wrong: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions of a module or class that differ, each with its other code. ValueError where more does."""
    mine, others = _inner(right), _inner(wrong)
    same = (right.co_code, right.co_names, _plain(right)) == (wrong.co_code, wrong.co_names, _plain(wrong))
    if not same or len(mine) != len(others):
        raise ValueError("more than functions differ")
    for before, after in zip(mine, others, strict=True):
        if before.co_name.startswith("<") and before.co_name != "<lambda>" and before.co_code != after.co_code:
            raise ValueError("it is run when the module is loaded")
        if not before.co_flags & 1:  # a class
            yield from _different(before, after)
        elif before != after:
            yield before, after


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _plain(code: CodeType) -> list[str]:
    return [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]
