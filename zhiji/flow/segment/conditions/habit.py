"""Habits: done regularly, stopped, resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads
from zhiji.flow.segment.conditions.where import Where, check_all, properties
from zhiji.flow.segment.conditions.window import Stretch

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

MOST_UNITS = 60


class Regular(Node, frozen=True, tag="regular"):
    """Such a fact in at least `at_least` of the last `of` units of time, each counted back from the moment asked about."""

    fact: str
    at_least: int
    of: int
    unit: Literal["days", "weeks", "months"] = "weeks"
    where: list[Where] = []

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        if not 1 <= self.of <= MOST_UNITS:
            raise ConditionError(f"{path}.of", f"at most {MOST_UNITS} units are looked at", "such as 8 weeks")
        if not 1 <= self.at_least <= self.of:
            raise ConditionError(f"{path}.at_least", f"{self.at_least} of {self.of} can't be", "at most as many as of")

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})

    def threshold(self) -> Any:
        return self.at_least


class Stopped(Node, frozen=True, tag="stopped"):
    """No such fact in the last `quiet`, but at least `times` in the stretch `before` that."""

    fact: str
    times: int
    before: Stretch
    quiet: Stretch
    where: list[Where] = []

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        if not 1 <= self.times < 10**9:
            raise ConditionError(f"{path}.times", "it was done at least once before", "such as 3")
        self.before.check(f"{path}.before")
        self.quiet.check(f"{path}.quiet")

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})

    def threshold(self) -> Any:
        return self.times


class Resumed(Node, frozen=True, tag="resumed"):
    """Such a fact in the last `recent`, none in the stretch `quiet` before that, and some before it."""

    fact: str
    recent: Stretch
    quiet: Stretch
    where: list[Where] = []

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        self.recent.check(f"{path}.recent")
        self.quiet.check(f"{path}.quiet")

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})
