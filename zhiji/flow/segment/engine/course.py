"""One statement asked at many moments of one customer, in one go.

The statement's SQL is laid beside a table of moments: each row of it gives the SQL its own parameters. What was
given of the customer (attributes, tags, consents) is read once for each epoch, a stretch in which it stays the same,
and facts once for all of them.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from zhiji.flow.profile import past
from zhiji.flow.segment.engine.customers import customers, made
from zhiji.flow.segment.engine.made import Drawn, Logged
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.slices import few, run, words_on
from zhiji.flow.segment.engine.statement import Statement
from zhiji.kernel import clock, plans

_EPOCH = "epoch"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Epoch = tuple[int, int, int]


class Course:
    """A customer between two moments; `turn` is the moment up to which what was known then counts, and after which
    what is known now."""

    def __init__(self, needs: Needs, root: int, since: datetime, turn: datetime, until: datetime) -> None:
        self.needs, self.root, self.turn = needs, root, turn
        self.by_day = any(not isinstance(one, Drawn) for one in needs.made.values())
        """Whether a new day alone may change an answer."""
        self.facts = {
            name: table for name, table in few(needs, [root], until, since=since).items() if name.startswith("fact:")
        }
        told = [at for at in past.moments(root) if at <= turn]
        if any(name == "last_seen_at" for name, _ in needs.attributes.values()):
            told += self._own_acts(since)
        self.told, self.logged = sorted(set(told)), sorted(set(self._logged()))

    @property
    def changes(self) -> list[datetime]:
        """When something else than a fact became another."""
        return [*self.told, *self.logged, self.turn]

    def times(self) -> dict[str, list[datetime]]:
        """When facts of each name happened, ascending, each moment once."""
        return {name.removeprefix("fact:"): _moments(table.column("occurred_at")) for name, table in self.facts.items()}

    def ask(self, statement: Statement, moments: Sequence[datetime]) -> dict[datetime, dict[str, Any]]:
        """The statement's row at each of these moments; a moment at which the customer wasn't there has none."""
        if not moments:
            return {}
        epochs = {at: self._epoch(at) for at in moments}
        numbers = {epoch: number for number, epoch in enumerate(sorted(set(epochs.values())))}
        tables = self._given(moments, epochs, numbers)
        if not self.facts and not self.by_day:
            return self._by_epoch(statement, tables, {at: numbers[epochs[at]] for at in moments})
        tables[plans.MOMENTS] = _asked(statement, moments, [numbers[epochs[at]] for at in moments])
        found = plans.plan(_lateral(statement.sql)).answer(tables | self.facts)
        return {moments[row.pop("moment number")]: row for row in found.to_pylist()}

    def _by_epoch(
        self, statement: Statement, tables: Mapping[str, pa.Table], epochs: Mapping[datetime, int]
    ) -> dict[datetime, dict[str, Any]]:
        """Without facts and days an answer is the same all through an epoch."""
        answers: dict[int, list[dict[str, Any]]] = {}
        for at, epoch in epochs.items():
            if epoch not in answers:
                own = {name: table.filter(pc.equal(table.column(_EPOCH), epoch)) for name, table in tables.items()}
                answers[epoch] = run(statement, {name: one.drop([_EPOCH]) for name, one in own.items()}, at).to_pylist()
        return {at: answers[epoch][0] for at, epoch in epochs.items() if answers[epoch]}

    def _epoch(self, at: datetime) -> Epoch:
        told = bisect_right(self.told, at) if at < self.turn else -1
        return told, bisect_right(self.logged, at), clock.day_of(at).toordinal() if self.by_day else 0

    def _given(
        self,
        moments: Sequence[datetime],
        epochs: Mapping[datetime, Epoch],
        numbers: Mapping[Epoch, int],
    ) -> dict[str, pa.Table]:
        """Customers, tags and consents of every epoch, with its number in a column."""
        parts: dict[str, list[pa.Table]] = {}
        some = {epochs[at]: at for at in moments}
        read: dict[tuple[int, int], tuple[pa.Table, dict[str, pa.Table]]] = {}
        with connection.cursor() as cursor:
            for epoch, at in some.items():
                if epoch[:2] not in read:
                    known = at < self.turn
                    raw = customers(cursor, self.needs, at, [self.root], past=known)
                    read[epoch[:2]] = raw, words_on(cursor, self.needs, at, [self.root], past=known)
                raw, tables = read[epoch[:2]]
                for name, table in {**tables, "customers": made(self.needs, raw, at)}.items():
                    number = pa.array([numbers[epoch]] * table.num_rows, pa.int64())
                    parts.setdefault(name, []).append(table.append_column(_EPOCH, number))
        return {name: pa.concat_tables(several) for name, several in parts.items()}

    def _logged(self) -> Iterator[datetime]:
        if not any(isinstance(one, Logged) for one in self.needs.made.values()):
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT at FROM segment_membershipchange WHERE customer_id = %s", [self.root])
            yield from (at for (at,) in cursor.fetchall())

    def _own_acts(self, since: datetime) -> list[datetime]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT f.occurred_at FROM resolve_customer c JOIN kernel_fact f ON f.customer_id = c.id"
                " WHERE c.root_id = %s AND f.occurred_at BETWEEN %s AND %s ORDER BY 1 DESC LIMIT 200",
                [self.root, since, self.turn],
            )
            return [at for (at,) in cursor.fetchall()]


def _moments(column: pa.ChunkedArray) -> list[datetime]:
    """The moments in a column, ascending, each once: through numbers, in a tenth of the time."""
    micros = np.unique(column.cast(pa.int64()).to_numpy())
    return [EPOCH + timedelta(microseconds=one) for one in micros.tolist()]


def _asked(statement: Statement, moments: Sequence[datetime], epochs: Sequence[int]) -> pa.Table:
    """The moments as a table: their number, their epoch, and every parameter of the statement."""
    columns = {"moment number": pa.array(range(len(moments)), pa.int64()), _EPOCH: pa.array(epochs, pa.int64())}
    return pa.table(columns | {f"${name}": column for name, column in statement.moments(moments).items()})


@lru_cache(plans.PLANS)
def _lateral(sql: str) -> str:
    """The SQL for every moment: the tables of what was given are those of the moment's epoch."""

    def turned(token: str) -> str:
        if token in ('"customers"', '"tags"', '"consents"'):
            return f'(SELECT * EXCLUDE ("{_EPOCH}") FROM {token} WHERE {token}."{_EPOCH}" = {plans.MOMENTS}."{_EPOCH}")'
        return token

    return plans.beside_moments(sql, f'{plans.MOMENTS}."moment number", ', turned)
