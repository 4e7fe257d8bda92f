"""Since when verdicts about a customer are as they are, and when they will be others by themselves.

Only moments at which an answer can change are asked, in growing stretches away from the moment, until every verdict
asked about has changed. What is to come is what comes if nothing more happens.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.definitions.as_of import publications, then
from zhiji.flow.segment.definitions.registry import Definitions
from zhiji.flow.segment.engine.course import Course
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.engine.turning import turning

HORIZON = timedelta(days=400)
STRETCHES = tuple(timedelta(days=days) for days in (30, 400))
MOST, TOGETHER = 2_000, 1_000  # moments of a stretch that are asked for; of all stretches in one go
PUBLISHED = 12  # publications of cut points that are looked through
Row = dict[str, Any] | None


@dataclass(frozen=True)
class Span:
    """A verdict stands from `since` on and changes at `until`; None is beyond what was looked through."""

    since: datetime | None
    until: datetime | None


@dataclass
class Asked:
    """Trees (and schemes) asked about one root at `as_of`. `now` is the present: until then what was known then
    counts. `row` is the statement's answer with leaves, None when the customer isn't there; everything from
    `looked_back` to `looked_ahead` is looked through."""

    known: Definitions
    nodes: Mapping[str, Node]
    schemes: tuple[str, ...]
    root: int
    as_of: datetime
    now: datetime

    def __post_init__(self) -> None:
        self.statement = self.known.statement(dict(self.nodes), self.schemes, with_leaves=True)
        since, until = self.as_of - HORIZON, self.as_of + HORIZON
        self.looked_ahead = until
        self._statements: dict[int, Statement] = {}
        self._known: dict[datetime, Row] = {}
        self.course = Course(self.statement.needs, self.root, since, self.now, until)
        self.times = self.course.times()
        self.cuts = self._cuts()
        published = publications(self.cuts, since, self.now) if self.cuts else []
        self.published, self.looked_back = published[-PUBLISHED:], since
        if len(published) > PUBLISHED:
            self.looked_back = published[-PUBLISHED - 1]
        self._stretches = {back: list(self._stretched(back=back)) for back in (True, False)}
        # A go costs as much as hundreds of moments in it: all that may be asked for is, if it isn't much more.
        every = [at for several in self._stretches.values() for moments, _ in several for at in moments]
        if len(every) > TOGETHER:
            every = [at for (moments, _), *_further in self._stretches.values() for at in moments]
        self.row: Row = self.rows([self.as_of, *every]).get(self.as_of)

    def _cuts(self) -> set[str]:
        found: set[str] = set().union(*(self.known.reads(node).cuts for node in self.nodes.values()))
        return found.union(*(self.known.scheme_reads(key).cuts for key in self.schemes))

    def spans(self) -> dict[str, Span]:
        """The span of every verdict and class, by the row's column."""
        if self.row is None:
            return {}
        standing = {name: value for name, value in self.row.items() if name[:2] in ("v:", "c:", "h:")}
        since, until = self._since(standing), self._until(standing)
        return {name: Span(since.get(name), until.get(name)) for name in standing}

    def _since(self, standing: Mapping[str, Any]) -> dict[str, datetime]:
        """The first moment since which each verdict has been as it is."""
        found, before = dict[str, datetime](), self.as_of
        left = list(standing.items())
        for at, row in self._away(back=True):
            changed = [name for name, value in left if row is None or row[name] != value]
            if changed:
                found |= dict.fromkeys(changed, before)
                left = [(name, value) for name, value in left if name not in found]
            if not left:
                break
            before = at
        return found

    def _until(self, standing: Mapping[str, Any]) -> dict[str, datetime]:
        """The next moment at which each verdict is another."""
        found = dict[str, datetime]()
        left = list(standing.items())
        for at, row in self._away(back=False):
            changed = [name for name, value in left if row is None or row[name] != value]
            if changed:
                found |= dict.fromkeys(changed, at)
                left = [(name, value) for name, value in left if name not in found]
            if not left:
                break
        return found

    def _away(self, *, back: bool) -> Iterator[tuple[datetime, Row]]:
        """Every moment at which something may change, away from the moment, with its row; at last the horizon's."""
        for moments, cut in self._stretches[back]:
            rows = self.rows(moments)
            yield from ((at, rows.get(at)) for at in moments)
            if cut:
                self._looked(moments[-1], back=back)

    def _stretched(self, *, back: bool) -> Iterator[tuple[list[datetime], bool]]:
        """The moments of each stretch, away from the moment, and whether they were too many: then it is the last."""
        edge = self.as_of
        for stretch in STRETCHES:
            end = max(self.as_of - stretch, self.looked_back) if back else self.as_of + stretch
            moments = self._moments(end, edge)[::-1] if back else self._moments(edge, end)
            cut = len(moments) > MOST
            if back and not cut and end == self.as_of - STRETCHES[-1]:
                moments.append(end)
            yield moments[:MOST], cut
            if cut or end == self.looked_back:
                return
            edge = end

    def _looked(self, at: datetime, *, back: bool) -> None:
        if back:
            self.looked_back = at
        else:
            self.looked_ahead = at

    def _moments(self, lower: datetime, upper: datetime) -> list[datetime]:
        course = self.course
        changes = [*course.changes, *self.published]
        return turning(self.statement.needs, self.times, lower, upper, changes=changes, by_day=course.by_day)

    def rows(self, moments: Sequence[datetime]) -> dict[datetime, dict[str, Any]]:
        """The rows at these moments, by the cut points of each."""
        parts: dict[int, list[datetime]] = {}
        for at in dict.fromkeys(moments):
            if at not in self._known:
                parts.setdefault(self._publication(at), []).append(at)
        several: dict[int, tuple[Statement, list[datetime]]] = {}
        for number, some in parts.items():
            statement = self._statement(number, some[0])
            several.setdefault(id(statement), (statement, []))[1].extend(some)
        for statement, some in several.values():
            found = self.course.ask(statement, some)
            self._known |= {at: found.get(at) for at in some}
        return {at: row for at in moments if (row := self._known[at]) is not None}

    def _publication(self, at: datetime) -> int:
        """Which publication of cut points counts: the present one from now on."""
        return bisect_right(self.published, at) if self.cuts and at < self.now else -1

    def _statement(self, number: int, at: datetime) -> Statement:
        if number < 0:
            return self.statement
        if number not in self._statements:
            known = then(self.known, at)
            self._statements[number] = known.statement(dict(self.nodes), self.schemes, with_leaves=True)
        return self._statements[number]
