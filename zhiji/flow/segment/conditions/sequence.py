"""Facts in an order: one after another, one that another didn't follow, the n-th of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads
from zhiji.flow.segment.conditions.where import Where, check_all, properties
from zhiji.flow.segment.conditions.window import Edge, Span, Window

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

MOST_STEPS, MOST_NTH = 5, 10_000


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts of a name that pass every filter."""

    fact: str
    where: list[Where] = []


def read_by(steps: list[Step], same: str | None) -> dict[str, set[str]]:
    """The properties that steps read, by fact name."""
    found: dict[str, set[str]] = {}
    for one in steps:
        found.setdefault(one.fact, set()).update(properties(one.where), {same} if same else ())
    return found


def check_same(path: str, same: str | None) -> None:
    if same is not None and not same:
        raise ConditionError(f"{path}.same", _("缺少属性名"), _("例如 product_id"))


class Marked(Node, frozen=True):
    """A kind that one pass over facts in their order marks: its column says whether it holds."""

    def _mark(self, needs: Needs) -> str:
        raise NotImplementedError

    def need(self, needs: Needs) -> None:
        self._mark(needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return self.holds(row, needs)

    def holds(self, row: Any, needs: Needs) -> Any:
        return row[self._mark(needs)]

    def threshold(self) -> Any:
        return True


class Sequence(Marked, frozen=True, tag="sequence"):
    """Facts at strictly growing moments, one for each step in order, the last at most `within` after the first.

    The first lies inside `window`. With `same`, all of them have the same text value of that property.
    """

    steps: list[Step]
    within: Span | None = None
    same: str | None = None
    window: Window | None = None

    def check(self, path: str) -> None:
        if not 2 <= len(self.steps) <= MOST_STEPS:
            raise ConditionError(
                f"{path}.steps", _("先后要有 2 到 {most} 步"), _("例如 cart_added、order_paid"), most=MOST_STEPS
            )
        for index, one in enumerate(self.steps):
            check_all(f"{path}.steps[{index}]", one.fact, one.where)
        if self.within:
            self.within.check(f"{path}.within")
        check_same(path, self.same)
        if self.window:
            self.window.check(f"{path}.window")

    def reads(self) -> Reads:
        return Reads(facts={one.fact for one in self.steps}, properties=read_by(self.steps, self.same))

    def _mark(self, needs: Needs) -> str:
        lower, upper = bounds(self.window)
        return needs.followed([(one.fact, one.where) for one in self.steps], self.same, lower, upper, self.within)


class Absence(Marked, frozen=True, tag="absence"):
    """A fact inside `window`, at least `within` ago, that no `without` fact followed `within` that span.

    With `same`, only a follower with the same text value of that property counts, and the first fact must have one.
    """

    fact: str
    without: Step
    within: Span
    where: list[Where] = []
    same: str | None = None
    window: Window | None = None

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        check_all(f"{path}.without", self.without.fact, self.without.where)
        self.within.check(f"{path}.within")
        check_same(path, self.same)
        if self.window:
            self.window.check(f"{path}.window")

    def reads(self) -> Reads:
        steps = [Step(self.fact, self.where), self.without]
        return Reads(facts={one.fact for one in steps}, properties=read_by(steps, self.same))

    def _mark(self, needs: Needs) -> str:
        lower, upper = bounds(self.window)
        steps = [(self.fact, self.where), (self.without.fact, self.without.where)]
        return needs.unfollowed(steps, self.same, lower, upper, self.within)


class Nth(Node, frozen=True, tag="nth"):
    """The `n`-th such fact that ever happened lies inside `window`."""

    fact: str
    n: int
    where: list[Where] = []
    window: Window | None = None

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        if not 1 <= self.n <= MOST_NTH:
            raise ConditionError(f"{path}.n", _("n 为 1 到 {most}"), _("第一次写 1"), most=MOST_NTH)
        if self.window:
            self.window.check(f"{path}.window")

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})

    def need(self, needs: Needs) -> None:
        needs.moment_of(self.fact, self.n, self.where)
        for edge in bounds(self.window):
            if edge:
                needs.edge(self.fact, edge)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.moment_of(self.fact, self.n, self.where)]

    def holds(self, row: Any, needs: Needs) -> Any:
        at = self.value_of(row, needs)
        lower, upper = bounds(self.window)
        inside = at.notnull()
        if lower:
            inside &= at > needs.edge(self.fact, lower)
        if upper:
            inside &= at <= needs.edge(self.fact, upper)
        return inside.fill_null(False)

    def threshold(self) -> Any:
        return self.n


def bounds(window: Window | None) -> tuple[Edge | None, Edge | None]:
    """The edges of a window; of none, that it has none."""
    return (window.lower(), window.upper()) if window else (None, None)
