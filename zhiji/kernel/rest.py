"""Rest: while nothing happens anywhere, loops look rarely; a ring wakes them in every process, on every machine.

Who has made work rings: the tracking door after a commit, a page or the API after a change, a loop after a round with
work. A ring is PostgreSQL's NOTIFY; while one can't be heard, nobody rests. What begins by the clock alone is found by
a resting loop's own look; a loop that knows the moment sets its alarm.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import structlog
from django.db import connection

from zhiji.kernel import clock
from zhiji.kernel.memory import give_back

log = structlog.get_logger()
RING = "NOTIFY zhiji_awake"
AWAKE = 0.5  # seconds in which loops look as often as they do at work, after a ring
AGAIN = 0.1  # seconds between two rings of a process: those in between are heard in the one before
PATIENCE = 0.3  # seconds that a resting loop waits for another's round


@dataclass
class Alarm:
    """Wakes a resting loop at the moment `at`, set by its last round, and after `most` seconds anyway."""

    most: float
    at: datetime | None = None

    def rest(self) -> float:
        """Seconds to rest from now on. It rings once."""
        at, self.at = self.at, None
        return self.most if at is None else min(self.most, max(0.0, (at - clock.now()).total_seconds()))


class Rings:
    """Keeps rings apart."""

    def __init__(self) -> None:
        self._last = 0.0

    def due(self) -> bool:
        """Whether to ring now; who asks does."""
        now = time.monotonic()
        if now - self._last < AGAIN:
            return False
        self._last = now
        return True


rings = Rings()


def ring() -> None:
    """Wake all loops, after the commit of what they shall see. A ring that fails is missed by nobody for long."""
    if connection.connection is None or connection.in_atomic_block or not rings.due():
        return
    with suppress(psycopg.Error):
        connection.connection.execute(RING)


class Rest:
    """Whether the loops of this process rest; `bells` are what wakes each of them."""

    def __init__(self, bells: Iterable[threading.Event]) -> None:
        self._bells = list(bells)
        self._hears = False
        self._turn = threading.Lock()
        self._until = time.monotonic() + AWAKE

    @property
    def resting(self) -> bool:
        return self._hears and time.monotonic() > self._until

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A loop's round. At rest one follows the other, so that all share a connection; no long one is waited for."""
        mine = self.resting and self._turn.acquire(timeout=PATIENCE)
        try:
            yield
        finally:
            if self.resting:
                connection.close()  # goes back to the pool, for the next
            if mine:
                self._turn.release()

    def listen(self, stop: threading.Event) -> None:
        """Hear rings until `stop` is set (which takes a ring, or half a minute)."""
        while not stop.is_set():
            try:
                with psycopg.connect(**address(), autocommit=True) as own:
                    own.execute("LISTEN zhiji_awake")
                    self._hears = True
                    self._hear(own, stop)
            except psycopg.Error as error:
                log.warning("rings aren't heard", error=type(error).__name__)
                stop.wait(1)
            finally:
                self._hears = False

    def _hear(self, own: psycopg.Connection[Any], stop: threading.Event) -> None:
        quiet = False
        while not stop.is_set():
            rung = any(True for _ in own.notifies(timeout=30 if quiet else 2, stop_after=1))
            if rung:
                self._wake()
            elif not quiet:
                give_back()
            quiet = not rung

    def _wake(self) -> None:
        rested = self.resting
        self._until = time.monotonic() + AWAKE
        if rested:
            for bell in self._bells:
                bell.set()


def address() -> dict[str, Any]:
    """What a connection of one's own to Django's database takes."""
    given = connection.settings_dict
    options = {name: value for name, value in given["OPTIONS"].items() if name != "pool"}
    return {
        "host": given["HOST"] or None,
        "port": given["PORT"] or None,
        "user": given["USER"] or None,
        "password": given["PASSWORD"] or None,
        "dbname": given["NAME"],
        **options,
    }
