"""Loops: what a worker process does without end, offered by apps in `offers/loops.py`.

A loop is for work that flows (the pipeline, the lake, steps, the mail ledger); a procrastinate job is for work
that somebody asks for or that a calendar starts (an import, a build, the nightly cut points).
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from django.db import close_old_connections, connection
from psycopg.types.json import Jsonb

from zhiji.kernel import clock

log = structlog.get_logger()


@dataclass(frozen=True)
class Loop:
    """`run()` does one round and answers whether there was work; without, the loop pauses `pause` seconds.

    Every round must be safe to repeat and to kill. Several workers may run the same loop at once: the round
    itself takes what lock it needs. A loop `beside` another runs wherever that one does; one `after` another doesn't
    pause on when that one has worked.
    """

    offered_in: ClassVar[str] = "loops"
    name: str
    run: Callable[[], bool]
    pause: float = 1.0
    beside: str = ""
    after: str = ""

    def among(self, names: Collection[str]) -> bool:
        """Whether it, or the loop that it is beside, has one of these names."""
        return (self.beside or self.name) in names


def run_loops(loops: Sequence[Loop], stop: threading.Event) -> None:
    """Run every loop in a thread of its own until `stop` is set; a round that fails is logged and tried again."""
    bells = {loop.name: threading.Event() for loop in loops}
    threads = []
    for loop in loops:
        wakes = [bells[other.name] for other in loops if other.after == loop.name]
        given = (loop, stop, bells[loop.name], wakes)
        threads.append(threading.Thread(target=_turn, args=given, name=loop.name, daemon=True))
    for thread in threads:
        thread.start()
    stop.wait()
    for bell in bells.values():
        bell.set()
    for thread in threads:
        thread.join(timeout=10)


def _turn(loop: Loop, stop: threading.Event, bell: threading.Event, wakes: Sequence[threading.Event]) -> None:
    beaten = 0.0
    failures = 0
    while not stop.is_set():
        worked = False
        try:
            worked = loop.run()
            failures = 0
            if time.monotonic() - beaten > 2:
                beat(loop.name)
                beaten = time.monotonic()
        except Exception:
            failures += 1
            log.exception("loop failed, trying again", loop=loop.name, failures=failures)
            close_old_connections()
            connection.close()
            stop.wait(min(30.0, 0.2 * 2**failures))
        if worked:
            for other in wakes:
                other.set()
        elif bell.wait(loop.pause):
            bell.clear()
    connection.close()


def beat(name: str, **detail: Any) -> None:
    """Say that `name` is alive, with figures worth showing."""
    values: list[Any] = [name, clock.now(), Jsonb(detail)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_heartbeat (name, at, detail) VALUES (%s, %s, %s)"
            " ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at,"
            " detail = kernel_heartbeat.detail || EXCLUDED.detail",
            values,
        )
