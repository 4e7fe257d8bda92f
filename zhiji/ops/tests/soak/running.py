"""The soak itself: acts in threads of their own, something breaks now and then, a quiet point every so often."""

import random as chances
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from zhiji.ops.tests.installation import running
from zhiji.ops.tests.soak.acting import Act
from zhiji.ops.tests.soak.breaking import Breaking
from zhiji.ops.tests.soak.client import Client
from zhiji.ops.tests.soak.comparing import Comparing, Mismatch
from zhiji.ops.tests.soak.truth import Truth

Say = Callable[[str], None]
ZONES = ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/London", "Africa/Cairo")


@dataclass
class Soaked:
    """What came of it."""

    mismatches: list[Mismatch]
    points: int
    compared: int
    facts: int
    definitions: int
    refused: int
    happened: dict[str, int]
    waited: list[float] = field(default_factory=list)


class Soak:
    """One house, one truth. `round_(seconds)` lets everything happen at once, then compares."""

    def __init__(self, house: Any, doors: Any, zone: str, seed: int, say: Say) -> None:
        self.truth, self.client, self.say = Truth(zone), Client(doors), say
        self.breaking = Breaking(house, seed)
        self.random = chances.Random(seed)
        self.people, self.makers = (Act(self.client, self.truth, self.now, f"{seed} {who}") for who in ("do", "make"))
        self.comparing = Comparing(self.client, self.truth)
        self.wrong: list[BaseException] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.breaking.moved

    def begin(self) -> None:
        self.people.move_in()
        self.comparing.quiet(self.now())
        self.people.meet(self.client.ask("GET", "/customers?size=200")["rows"])

    def round_(self, seconds: float, *, breaks: bool) -> list[Mismatch]:
        """Everybody acts for some seconds while something breaks; then it is quiet, and all is compared."""
        stop = threading.Event()
        acts = (self._do, self._make, *((self._break,) if breaks else ()))
        threads = [threading.Thread(target=self._until, args=(stop, one)) for one in acts]
        for one in threads:
            one.start()
        time.sleep(seconds)
        stop.set()
        for one in threads:
            one.join()
        if self.wrong:
            raise self.wrong[0]
        if breaks and self.random.random() < 0.3:
            self.say(self.breaking.leap())
        return self.comparing.compare(self.now())

    def told(self) -> str:
        """How it goes, in a line."""
        held = f"{len(self.truth.segments)} segments, {len(self.truth.schemes)} schemes, {len(self.truth.events)} facts"
        wrong, waited = len(self.comparing.found), self.comparing.waited[-1]
        return f"quiet point {self.comparing.points}: {held}, {wrong} mismatches, quiet after {waited:.1f} s"

    def _until(self, stop: threading.Event, act: Callable[[threading.Event], None]) -> None:
        try:
            while not stop.is_set():
                act(stop)
        except BaseException as error:
            self.wrong.append(error)

    def _do(self, stop: threading.Event) -> None:
        act = self.people
        chosen = self.random.choices(
            (act.happen, act.edit, act.merge, act.unmerge, act.link), weights=(12, 5, 1, 1, 1)
        )[0]
        chosen()
        stop.wait(act.random.random() * 0.1)

    def _make(self, stop: threading.Event) -> None:
        act = self.makers
        act.random.choice((act.burst, act.redefine, act.redefine, act.archive, act.scheme))()
        stop.wait(act.random.random())

    def _break(self, stop: threading.Event) -> None:
        if not stop.wait(2 + self.breaking.random.random() * 12):
            self.say(self.breaking.restart() if self.breaking.random.random() < 0.12 else self.breaking.kill())


def soak(seconds: float, seed: int, *, each: float = 20.0, breaks: bool = True, say: Say = print) -> Soaked:
    """Soak for so long, with a quiet point after `each` seconds of doing, and two at least."""
    zone = ZONES[seed % len(ZONES)]
    deadline = time.monotonic() + seconds
    with running("zhiji-soak-", ZHIJI_TEST_CLOCK="1", ZHIJI_TIME_ZONE=zone) as (house, doors):
        one = Soak(house, doors, zone, seed, say)
        one.begin()
        while True:
            found = one.round_(each, breaks=breaks)
            for mismatch in found:
                say(f"MISMATCH {mismatch}")
            say(one.told())
            if time.monotonic() > deadline and one.comparing.points > 1:
                break
        return Soaked(
            one.comparing.found,
            one.comparing.points,
            one.comparing.compared,
            len(one.truth.events),
            one.makers.made,
            one.makers.refused,
            {**one.breaking.happened, "merged by hand": one.people.merges, "parted again": one.people.unmerges},
            one.comparing.waited,
        )
