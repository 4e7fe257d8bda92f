"""Everyone asked without a lock, and those touched meanwhile asked again: what a build is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.definitions import measures
from zhiji.flow.segment.definitions.registry import Definitions, grouped
from zhiji.flow.segment.engine.slices import everyone, few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.live import dirty_customers
from zhiji.flow.segment.live.classify_stage import BATCH, TICK
from zhiji.kernel import clock
from zhiji.kernel.models import Watermark

CHUNK = 5_000
SOON = 2_000  # touched customers few enough to be asked again under the lock


MEASURES = "measures"  # what is kept of every customer, as if it were a definition among those built


@dataclass
class Asked:
    """Everyone's answers about some definitions ("segment:x", "scheme:y", MEASURES): `moment` and `newest` (fact id)
    tell from when on somebody may have been touched."""

    known: Definitions
    keys: tuple[str, ...]
    moment: datetime
    newest: int
    statement: Statement
    measuring: Statement | None
    answer: pa.Table
    measured: pa.Table | None

    @classmethod
    def of(cls, known: Definitions, keys: Iterable[str], as_of: datetime) -> "Asked":
        asked = tuple(keys)
        statement = _statement(known, asked)
        measuring = measures.statement(known.world) if MEASURES in asked else None
        newest = _newest_fact()
        return cls(known, asked, as_of, newest, statement, measuring, *_everybodys(statement, measuring, as_of))

    def leaves(self) -> Statement:
        """The statement with leaves."""
        return _statement(self.known, self.keys, with_leaves=True)

    @property
    def statements(self) -> list[Statement]:
        return [one for one in (self.statement, self.measuring) if one is not None]

    def catch_up(self) -> None:
        """Ask those touched meanwhile again, until only few were touched while the last were asked."""
        for _ in range(4):
            if len(self.again()) <= SOON:
                return

    def again(self) -> list[int]:
        """Ask those touched since `moment` again, as of the pipeline's last tick. Returns who they were."""
        newest = _newest_fact()
        ticks = Watermark.objects.filter(name__in=(TICK, BATCH), at__isnull=False).values_list("at", flat=True)
        moment = max([self.moment, *(at for at in ticks if at)])
        if self._by_day() and clock.day_of(moment) != clock.day_of(self.moment):
            self.answer, self.measured = _everybodys(self.statement, self.measuring, moment)
            self.moment, self.newest = moment, newest
            return []
        passed = dirty_customers.crossed(self._passed(moment), {}) if moment > self.moment else {}
        roots = sorted(dirty_customers.joined(dirty_customers.since_fact(self.newest), passed))
        self.answer = _asked_again(self.statement, self.answer, roots, moment)
        if self.measuring is not None:
            self.measured = _asked_again(self.measuring, self.measured, roots, moment)
        self.moment, self.newest = moment, newest
        return roots

    def _by_day(self) -> bool:
        """Whether a day that begins changes answers about anybody."""
        segments, schemes = grouped(self.keys)
        reads = [self.known.reads(self.known.segments[key].node) for key in segments]
        return any(one.calendar for one in [*reads, *(self.known.scheme_reads(key) for key in schemes)])

    def _passed(self, moment: datetime) -> list[tuple[str, datetime, datetime]]:
        """Where the facts lie that mean something else by now: those that an edge passed, and those that were in the
        log but dated after the moment that was asked about."""
        several = tuple(one.needs for one in self.statements)
        names = {name for needs in several for name in needs.facts}
        edges = dirty_customers.Edges(several).ranges(self.moment, moment)
        return [*edges, *((name, self.moment, moment) for name in sorted(names))]


def _statement(known: Definitions, keys: Iterable[str], *, with_leaves: bool = False) -> Statement:
    segments, schemes = grouped(keys)
    trees: dict[str, Node] = {f"segment:{key}": known.segments[key].node for key in segments}
    return known.statement(trees, tuple(schemes), with_leaves=with_leaves)


def _everybodys(statement: Statement, measuring: Statement | None, as_of: datetime) -> tuple[pa.Table, pa.Table | None]:
    """Everybody's answers to both, from the same tables."""
    needs = statement.needs if measuring is None else statement.needs.with_tables_of(measuring.needs)
    tables = everyone(needs, as_of)
    return run(statement, tables, as_of), None if measuring is None else run(measuring, tables, as_of)


def _newest_fact() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM kernel_fact")
        return int(cursor.fetchone()[0])


def _asked_again(statement: Statement, answer: pa.Table, roots: list[int], moment: datetime) -> pa.Table:
    """The answer with these roots' rows as of `moment`."""
    if not roots:
        return answer
    parts = [answer.filter(pc.invert(pc.is_in(answer.column("id"), pa.array(roots, pa.int64()))))]
    for at in range(0, len(roots), CHUNK):
        parts.append(run(statement, few(statement.needs, roots[at : at + CHUNK], moment), moment))
    return pa.concat_tables([part.cast(answer.schema) for part in parts])
