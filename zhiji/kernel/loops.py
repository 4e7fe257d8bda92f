"""Loops: what a worker process does without end, offered by apps in `offers/loops.py`.

A loop is for work that flows (the pipeline, the lake, steps, the mail ledger); a procrastinate job is for work
that somebody asks for or that a calendar starts (an import, a build, the nightly cut points).
"""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import structlog
from django.db import close_old_connections, connection, transaction
from django.utils.functional import Promise
from psycopg.types.json import Jsonb

from zhiji.kernel import clock
from zhiji.kernel.help import Help
from zhiji.kernel.registry import offered
from zhiji.kernel.rest import RING, Alarm, Rest, ring

log = structlog.get_logger()
ALIVE_WITHIN = 60.0  # seconds since a loop's last sign of life
BEATS = 2.0, 15.0  # seconds between signs of life, at work and at rest
AGAIN = 3  # failures in a row from which on a loop is said to fail: by then four seconds have gone
FAILING = "failing"
PIPELINE = "pipeline"


@dataclass(frozen=True)
class Loop:
    """`run()` does one round and answers whether there was work; without, the loop pauses `pause` seconds, and `rest`
    while nothing happens anywhere (see rest.py). None says that another process is at it, which gives the sign of life
    then.

    Every round must be safe to repeat and to kill. Several workers may run the same loop at once: the round
    itself takes what lock it needs. A loop `beside` another runs wherever that one does; one `after` another doesn't
    pause on when that one has worked. `rest` may be an alarm that its rounds set. `label` names it on screens.
    """

    offered_in: ClassVar[str] = "loops"
    name: str
    run: Callable[[], bool | None]
    pause: float = 1.0
    beside: str = ""
    after: str = ""
    rest: float | Alarm = 15.0
    label: str | Promise = ""

    @property
    def longest(self) -> float:
        """Seconds to rest now."""
        return self.rest.rest() if isinstance(self.rest, Alarm) else self.rest

    def among(self, names: Collection[str]) -> bool:
        """Whether it, or the loop that it is beside, has one of these names."""
        return (self.beside or self.name) in names


def run_loops(loops: Sequence[Loop], stop: threading.Event, help: Help | None = None) -> None:
    """Run every loop in a thread of its own until `stop` is set; a round that fails is logged and tried again.

    While `help` is there, those that aren't beside the pipeline are left to it.
    """
    help = help or Help()
    bells = {loop.name: threading.Event() for loop in loops}
    rest = Rest(bells.values())
    threads = [threading.Thread(target=rest.listen, args=(stop,), name="rings", daemon=True)]
    for loop in loops:
        wakes = [bells[other.name] for other in loops if other.after == loop.name]
        given = (loop, stop, bells[loop.name], wakes, rest, help)
        threads.append(threading.Thread(target=_turn, args=given, name=loop.name, daemon=True))
    for thread in threads:
        thread.start()
    while not stop.wait(1):
        help.look()
    for bell in bells.values():
        bell.set()
    with suppress(Exception), connection.cursor() as cursor:
        cursor.execute(RING)
    for thread in threads:
        thread.join(timeout=10)
    with suppress(Exception):
        _say_ended([loop.name for loop in loops])


def _turn(
    loop: Loop, stop: threading.Event, bell: threading.Event, wakes: Sequence[threading.Event], rest: Rest, help: Help
) -> None:
    beaten = 0.0
    failures: list[datetime] = []
    while not stop.is_set():
        if help.there and not loop.among((PIPELINE,)):
            help.pauses(loop.name)
            stop.wait(1)
            continue
        worked: bool | None = False
        help.begins(loop.name)
        try:
            with rest.turn():
                worked = loop.run()
                if worked is not None and (failures or time.monotonic() - beaten > BEATS[rest.resting]):
                    beat(loop.name)
                    beaten, failures = time.monotonic(), []
        except Exception as error:
            failures.append(clock.now())
            log.exception("loop failed, trying again", loop=loop.name, failures=len(failures))
            with suppress(Exception):
                _say_failing(loop.name, failures, error)
            close_old_connections()
            connection.close()
            stop.wait(min(30.0, 0.2 * 2 ** len(failures)))
        if not worked:
            help.pauses(loop.name)
        if worked:
            for other in wakes:
                other.set()
            ring()
        elif bell.wait(max(loop.pause, loop.longest) if rest.resting else loop.pause):
            bell.clear()
    connection.close()


def beat(name: str, **detail: Any) -> None:
    """Say that `name` is alive, with figures worth showing."""
    values: list[Any] = [name, clock.now(), Jsonb(detail)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_heartbeat (name, at, detail) VALUES (%s, %s, %s)"
            " ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at,"
            f" detail = (kernel_heartbeat.detail - '{FAILING}') || EXCLUDED.detail",
            values,
        )


@contextmanager
def beating(name: str) -> Iterator[None]:
    """Give signs of life while one round takes long."""
    done = threading.Event()

    def beats() -> None:
        while True:
            with suppress(Exception), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '1s'")  # who waits for this one waits for no other
                beat(name)
            if done.wait(5):
                break
        connection.close()

    beater = threading.Thread(target=beats, name=f"{name} beats", daemon=True)
    beater.start()
    try:
        yield
    finally:
        done.set()
        beater.join(timeout=10)


def _say_ended(names: Sequence[str]) -> None:
    """Take back the signs of life of loops that this process has ended; who else runs them gives the next."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_heartbeat SET at = to_timestamp(0) WHERE name = ANY(%s)", [list(names)])
    connection.close()


def _say_failing(name: str, failures: Sequence[datetime], error: Exception) -> None:
    """Leave the last sign of life as it is, and say since when there is none, and why."""
    told = {"since": failures[0].isoformat(), "times": len(failures), "error": f"{type(error).__name__}: {error}"[:500]}
    values: list[Any] = [name, Jsonb({FAILING: told})]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_heartbeat (name, at, detail) VALUES (%s, to_timestamp(0), %s)"
            " ON CONFLICT (name) DO UPDATE SET detail = kernel_heartbeat.detail || EXCLUDED.detail",
            values,
        )


@dataclass(frozen=True)
class Pulse:
    """How a loop is: seconds since its last sign of life (None: never one), and why it fails, when it does again and
    again: {since, times, error}."""

    name: str
    label: str
    seconds: float | None
    failing: Mapping[str, Any] | None

    @property
    def well(self) -> bool:
        return self.seconds is not None and self.seconds <= ALIVE_WITHIN and self.failing is None


def pulses() -> list[Pulse]:
    """How every loop is that the installed apps offer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, extract(epoch FROM %s - at)::float8, detail FROM kernel_heartbeat", [clock.now()])
        found = {name: (seconds, json.loads(detail)) for name, seconds, detail in cursor.fetchall()}
    return [_pulse(loop, *found.get(loop.name, (None, {}))) for loop in offered(Loop)]


def _pulse(loop: Loop, seconds: float | None, detail: Mapping[str, Any]) -> Pulse:
    failing = detail.get(FAILING)
    return Pulse(
        loop.name,
        str(loop.label or loop.name),
        seconds,
        failing if failing and failing["times"] >= AGAIN else None,
    )
