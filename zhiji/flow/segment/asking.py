"""Everyone asked without a lock, and those touched meanwhile asked again: what a build is made of."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from zhiji.flow.segment import measures, touched
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.engine.slices import everyone, few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.live import BATCH, TICK
from zhiji.flow.segment.world import Definitions
from zhiji.kernel.models import Watermark

CHUNK = 5_000
SOON = 2_000  # touched customers few enough to be asked again under the lock


@dataclass(frozen=True)
class Target:
    """What to build: keys of segments and schemes, with every live definition that refers to them."""

    segments: tuple[str, ...]
    schemes: tuple[str, ...]
    whole: bool = True

    def keys(self) -> list[str]:
        """The definitions' names."""
        return [f"scheme:{key}" for key in self.schemes] + [f"segment:{key}" for key in self.segments]

    def trees(self, known: Definitions) -> dict[str, Node]:
        return {f"segment:{key}": known.segments[key].node for key in self.segments}


@dataclass
class Asked:
    """Everyone's answers: `moment` and `newest` (fact id) tell from when on somebody may have been touched."""

    known: Definitions
    target: Target
    moment: datetime
    newest: int
    statement: Statement
    answer: pa.Table
    measured: tuple[Statement, pa.Table] | None
    edges: touched.Edges

    @classmethod
    def of(cls, known: Definitions, target: Target, as_of: datetime) -> "Asked":
        newest = _newest_fact()
        statement = known.statement(target.trees(known), target.schemes)
        measured, parts = None, [statement]
        if target.whole:
            parts.append(measures.statement(known.world))
        needs = statement.needs if len(parts) == 1 else statement.needs.with_tables_of(parts[1].needs)
        tables = everyone(needs, as_of)
        answer = run(statement, tables, as_of)
        if target.whole:
            measured = (parts[1], run(parts[1], tables, as_of))
        edges = touched.Edges(tuple(one.needs for one in parts))
        return cls(known, target, as_of, newest, statement, answer, measured, edges)

    def leaves(self) -> Statement:
        """The statement with leaves."""
        return self.known.statement(self.target.trees(self.known), self.target.schemes, with_leaves=True)

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
        passed = touched.crossed(self._passed(moment), {}) if moment > self.moment else {}
        roots = sorted(touched.joined(touched.since_fact(self.newest), passed))
        self.answer = _asked_again(self.statement, self.answer, roots, moment)
        if self.measured is not None:
            self.measured = (self.measured[0], _asked_again(*self.measured, roots, moment))
        self.moment, self.newest = moment, newest
        return roots

    def _passed(self, moment: datetime) -> list[tuple[str, datetime, datetime]]:
        """Where the facts lie that mean something else by now: those that an edge passed, and those that were in the
        log but dated after the moment that was asked about."""
        names = {name for needs in self.edges.needs for name in needs.facts}
        return [*self.edges.ranges(self.moment, moment), *((name, self.moment, moment) for name in sorted(names))]


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
