"""What goes wrong: processes are killed at any moment, the house is started anew, time leaps."""

import random as chances
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psutil

from zhiji.ops.tests.installation import Installation

LEAPS = (timedelta(minutes=5), timedelta(hours=3), timedelta(days=1), timedelta(days=6), timedelta(days=31))


class Breaking:
    """`happened` counts what was done."""

    def __init__(self, house: Installation, seed: Any) -> None:
        self.house, self.random = house, chances.Random(f"{seed} breaks")
        self.happened: dict[str, int] = {}
        self.moved = timedelta()

    def kill(self) -> str:
        """kill -9 the web server, the worker or who helps it, where somebody does; the supervisor starts it again."""
        what = self.random.choice(("web", "helper", "worker", "worker", "worker"))
        for one in self.house.called(what):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        return self._did(f"kill -9 {what}")

    def restart(self) -> str:
        """End everything as Ctrl+C does, and start it again."""
        self.house.down()
        (self.house.home / "up.log").rename(self.house.home / f"up.{len(self.happened)}.log")
        self.house.up()
        return self._did("restart")

    def leap(self) -> str:
        """The house's clock goes on by minutes or days."""
        self.moved += self.random.choice(LEAPS)
        (self.house.home / "clock").write_text(str(self.moved.total_seconds()))
        return self._did("leap")

    def _did(self, what: str) -> str:
        self.happened[what] = self.happened.get(what, 0) + 1
        return what
