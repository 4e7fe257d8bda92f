"""Habits: done regularly, stopped, resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.measure import Asked
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads
from zhiji.flow.segment.conditions.where import Where, check_all, properties
from zhiji.flow.segment.conditions.window import Edge, Stretch, ago, back

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

MOST_UNITS = 60


class Regular(Node, frozen=True, tag="regular"):
    """Such a fact in at least `at_least` of the last `of` units of time, each counted back from the moment asked."""

    fact: str
    at_least: int
    of: int
    unit: Literal["days", "weeks", "months"] = "weeks"
    where: list[Where] = []

    def check(self, path: str) -> None:
        check_all(path, self.fact, self.where)
        if not 1 <= self.of <= MOST_UNITS:
            raise ConditionError(f"{path}.of", _("最多看 {most} 个时间单位"), _("例如近 8 周"), most=MOST_UNITS)
        if not 1 <= self.at_least <= self.of:
            raise ConditionError(
                f"{path}.at_least",
                _("{of} 个单位里不会有 {least} 个"),
                _("at_least 为 1 到 of"),
                of=self.of,
                least=self.at_least,
            )

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})

    def _edges(self) -> list[Edge]:
        return [ago(count, self.unit) for count in range(1, self.of + 1)]

    def need(self, needs: Needs) -> None:
        needs.distinct_units(self.fact, self.where, self._edges())

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.distinct_units(self.fact, self.where, self._edges())].fill_null(0)

    def holds(self, row: Any, needs: Needs) -> Any:
        return self.value_of(row, needs) >= self.at_least

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
            raise ConditionError(f"{path}.times", _("此前至少做过 1 次"), _("例如 3"))
        self.before.check(f"{path}.before")
        self.quiet.check(f"{path}.quiet")

    def reads(self) -> Reads:
        return Reads(facts={self.fact}, properties={self.fact: properties(self.where)})

    def _counts(self, needs: Needs) -> tuple[str, str]:
        """The columns of how often it was done before the quiet stretch, and within it."""
        quiet = ago(self.quiet.last, self.quiet.unit)
        asked = Asked("count", where=self.where)
        before = needs.measure(self.fact, asked, earlier(quiet, self.before), quiet)
        return before, needs.measure(self.fact, asked, quiet, None)

    def need(self, needs: Needs) -> None:
        self._counts(needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        before, since = self._counts(needs)
        return (row[since].fill_null(0) == 0).ifelse(row[before].fill_null(0), 0)

    def holds(self, row: Any, needs: Needs) -> Any:
        return self.value_of(row, needs) >= self.times

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

    def _columns(self, needs: Needs) -> tuple[str, str, str, Any]:
        """The columns of how often recently, how often in the quiet stretch, when first; when that stretch began."""
        recent = ago(self.recent.last, self.recent.unit)
        quiet = earlier(recent, self.quiet)
        asked = Asked("count", where=self.where)
        recently, quietly = (
            needs.measure(self.fact, asked, recent, None),
            needs.measure(self.fact, asked, quiet, recent),
        )
        return recently, quietly, needs.moment_of(self.fact, "first", self.where), needs.edge(self.fact, quiet)

    def need(self, needs: Needs) -> None:
        self._columns(needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[self._columns(needs)[0]].fill_null(0)

    def holds(self, row: Any, needs: Needs) -> Any:
        recently, quietly, first, begins = self._columns(needs)
        some = (row[recently] > 0) & (row[quietly] == 0) & (row[first] <= begins)
        return some.fill_null(False)


def earlier(edge: Edge, by: Stretch) -> Edge:
    """A stretch of the workspace's clock before a moment."""
    return Edge(f"before_{edge.key}_{by.key}", lambda as_of: back(edge.compute(as_of), by.last, by.unit))
