"""The facts that live definitions read, in the worker's memory: a slice of few is gathered from it, not read.

Of each fact name there are all facts within reach, by customer: those of the lake as they were loaded, in the order
of customers, and those logged since, each pointing to its customer's one before. Whoever gathers reads the log's new
facts first, in its own transaction, so it sees what that has written; if the transaction is taken back, so are they.
A name that isn't here (not loaded yet, too large) is read from PostgreSQL.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from zhiji.flow.segment.engine.columns import Grown, Numbers, Rows, Texts, TooMany
from zhiji.flow.segment.engine.needs import Needs
from zhiji.kernel import engine, lake
from zhiji.kernel.columnar.types import micros
from zhiji.kernel.properties import property_sql

EDITED = frozenset({"customer_identified", "attributes_changed"})  # erasure takes the traits out of these
SHARE = 8  # of the machine's memory, that the facts may take
LONGEST = 500  # facts of one customer since the load, and
NEWEST = 1_000_000  # facts of a name since the load, from whom on the name is loaded again
Since = datetime | None


@dataclass(frozen=True)
class Wanted:
    """What is asked of a fact name: its columns as the lake names them, and since when."""

    columns: lake.Wanted
    since: Since

    def covers(self, other: "Wanted") -> bool:
        """Whether what is here for this serves the other."""
        early = self.since is None or (other.since is not None and self.since <= other.since)
        return early and self.columns.items() >= other.columns.items()

    @property
    def schema(self) -> pa.Schema:
        typed = [(name, lake.NUMBER if kind == "number" else pa.string()) for name, (_, kind) in self.columns.items()]
        return pa.schema([("customer_id", pa.int64()), ("occurred_at", lake.MOMENT), *typed])


def wanted(needs: Needs, name: str, earliest: datetime) -> Wanted:
    """What a statement asks of a fact name, of moments from `earliest` on."""
    columns = needs.facts[name].columns.items()
    read = {column: (prop, "number" if type_ == "number" else "text") for column, (prop, type_) in sorted(columns)}
    return Wanted(read, needs.since(name, earliest))  # type: ignore[arg-type]


class Facts:
    """The facts of one name; `last` is the newest fact id that was looked at."""

    def __init__(self, of: Wanted, last: int, rows: pa.Table) -> None:
        customers = rows.column("customer_id").to_numpy()
        order = np.argsort(customers, kind="stable")
        self.of, self.last, self.loaded = of, last, len(order)
        most = int(customers.max()) if len(order) else 0
        self._starts = np.zeros(most + 2, dtype=np.int64)
        np.cumsum(np.bincount(customers, minlength=most + 1), out=self._starts[1:])
        self._at = Grown(_micros(rows)[order])
        self._columns = {
            name: (Numbers if kind == "number" else Texts)(rows.column(name), order)
            for name, (_, kind) in of.columns.items()
        }
        self._heads = np.zeros(most + 1, dtype=np.int64)  # the number of the newest fact since the load, and one
        self._customers, self._before = Grown(np.zeros(0, dtype=np.int64)), Grown(np.zeros(0, dtype=np.int64))
        self.settled = (self._at.count, last)
        self.longest = 0

    @property
    def nbytes(self) -> int:
        several = [self._at, self._customers, self._before, *self._columns.values()]
        return sum(one.nbytes for one in several) + self._heads.nbytes + self._starts.nbytes

    @property
    def stale(self) -> bool:
        """Whether it would be quicker loaded again."""
        return self.longest > LONGEST or self._at.count - self.loaded > max(NEWEST, self.loaded // 4)

    def append(self, rows: pa.Table) -> None:
        """Add facts that the log has got."""
        customers = rows.column("customer_id").to_numpy()
        if not len(customers):
            return
        if (most := int(customers.max())) >= len(self._heads):
            self._heads = np.concatenate([self._heads, np.zeros(most + 1 + most // 8 - len(self._heads), np.int64)])
        order = np.argsort(customers, kind="stable")
        numbers = self._at.count + 1 + order
        same = customers[order][1:] == customers[order][:-1]
        before = np.empty(len(order), dtype=np.int64)
        before[order] = self._heads[customers[order]]
        before[order[1:][same]] = numbers[:-1][same]
        self._heads[customers] = self._at.count + 1 + np.arange(len(order))
        self._before.append(before)
        self._customers.append(customers)
        self._at.append(_micros(rows))
        for name, column in self._columns.items():
            column.add(rows.column(name))

    def cut(self) -> None:
        """Take out what was added by a transaction that was taken back."""
        count, self.last = self.settled
        gone = slice(count - self.loaded, self._at.count - self.loaded)
        self._heads[self._customers.values[gone][::-1]] = self._before.values[gone][::-1]
        for column in (self._at, *self._columns.values()):
            column.count = count
        self._customers.count = self._before.count = count - self.loaded

    def settle(self) -> None:
        self.settled = (self._at.count, self.last)

    def gather(self, customers: Rows, roots: Rows, asked: Wanted, as_of: datetime) -> pa.Table:
        """The facts of these customers under the ids of their roots, up to a moment, in the columns asked for."""
        rows, whose = self._rows(customers, roots)
        at = self._at.values[rows]
        kept = at <= micros(as_of)
        if asked.since is not None:
            kept &= at > micros(asked.since)
        rows, whose, at = rows[kept], whose[kept], at[kept]
        taken = [self._columns[name].take(rows) for name in asked.columns]
        moments = pa.array(at, pa.int64()).cast(lake.MOMENT)
        return pa.table([pa.array(whose), moments, *taken], schema=asked.schema)

    def _rows(self, customers: Rows, roots: Rows) -> tuple[Rows, Rows]:
        inside = customers < len(self._starts) - 1
        starts = self._starts[np.where(inside, customers, 0)]
        counts = np.where(inside, self._starts[np.where(inside, customers, 0) + 1] - starts, 0)
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        rows, whose = [np.arange(total) + np.repeat(starts - ends + counts, counts)], [np.repeat(roots, counts)]
        inside = customers < len(self._heads)
        heads, left, steps = self._heads[customers[inside]], roots[inside], 0
        while (alive := heads > 0).any():
            heads, left, steps = heads[alive] - 1, left[alive], steps + 1
            rows.append(heads)
            whose.append(left)
            heads = self._before.values[heads - self.loaded]
        self.longest = max(self.longest, steps)
        return np.concatenate(rows), np.concatenate(whose)


@dataclass
class Resident:
    """What is in memory of a database's facts, and what should be."""

    facts: dict[str, Facts] = field(default_factory=dict)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    _needs: tuple[Needs, ...] = ()
    _too_large: dict[str, lake.Wanted] = field(default_factory=dict)
    _loading: threading.Lock = field(default_factory=threading.Lock)

    def want(self, several: tuple[Needs, ...], as_of: datetime) -> None:
        """Say what statements will ask for, from this moment on."""
        if several is self._needs:
            return
        united: dict[str, Wanted] = {}
        for needs in several:
            for name in needs.facts.keys() - EDITED:
                asked = wanted(needs, name, as_of)
                known = united.get(name, asked)
                since = min(known.since, asked.since) if known.since and asked.since else None
                united[name] = Wanted({**known.columns, **asked.columns}, since)
        self.wanted, self._needs = united, several

    def gather(
        self, cursor: Any, needs: Needs, roots: Rows, as_of: datetime, earliest: datetime
    ) -> dict[str, pa.Table]:
        """The tables "fact:<name>" of the names that are here, of customers who are roots."""
        cursor.execute("SELECT coalesce(max(id), 0) FROM kernel_fact")
        (newest,) = cursor.fetchone()
        held = self._near(newest)
        asked = {name: wanted(needs, name, earliest) for name in needs.facts if name in held}
        asked = {name: one for name, one in asked.items() if held[name].of.covers(one)}
        if not asked:
            return {}
        for name in _catch_up(cursor, held, newest):
            self._too_large[name] = self.facts.pop(name, held[name]).of.columns  # read from now on
            asked.pop(name, None)
        customers, whose = _with_merged(cursor, roots)
        return {f"fact:{name}": held[name].gather(customers, whose, one, as_of) for name, one in asked.items()}

    def _near(self, newest: int) -> dict[str, Facts]:
        """What is here, but for names that the log has left far behind while another process read it: they are let
        go, to be loaded again.
        """
        for name, one in list(self.facts.items()):
            if newest - one.last > NEWEST:
                self.facts.pop(name, None)
        return dict(self.facts)

    def refresh(self) -> bool:
        """Load one name that is wanted and isn't here, or has grown long, while others gather. Answers whether there
        was one. Names that no definition reads any more are let go.
        """
        with self._loading:
            for name in self.facts.keys() - self.wanted.keys():
                self.facts.pop(name, None)
            for name, asked in self.wanted.items():
                found = self.facts.get(name)
                if self._too_large.get(name) == asked.columns:
                    continue
                if found is None or found.stale or not found.of.covers(asked):
                    self._load(name, asked)
                    return True
        return False

    def _load(self, name: str, asked: Wanted) -> None:
        snapshot = lake.snapshot()
        room = engine.machine_memory() // SHARE - sum(one.nbytes for key, one in self.facts.items() if key != name)
        try:
            found = Facts(asked, snapshot.upto(name), _loaded(snapshot, name, asked, room))
            with connection.cursor() as cursor:
                cursor.execute("SELECT coalesce(max(id), 0) FROM kernel_fact")
                has, (found.last,) = found.last, cursor.fetchone()
                found.append(_logged(cursor, {name: found}, has, found.last)[name])
        except TooMany:
            self._too_large[name] = asked.columns
            self.facts.pop(name, None)
            return
        found.settle()
        self.facts[name] = found


def _loaded(snapshot: lake.Snapshot, name: str, asked: Wanted, room: int) -> pa.Table:
    """The lake's facts of a name. Raises TooMany when they would take more bytes than there is room."""
    scan = snapshot.scan(name, asked.columns, asked.since)
    if scan is None:
        return asked.schema.empty_table()
    ((count,),) = engine.connection().sql(f"SELECT count(*) FROM ({scan})").fetchall()
    if count * 8 * (1 + len(asked.columns)) > room:
        raise TooMany
    return engine.connection().sql(scan).to_arrow_table()


def _catch_up(cursor: Any, held: dict[str, Facts], newest: int) -> list[str]:
    """Add what the log has got up to this id, as this transaction sees it. Returns the names that can't take it."""
    for one in held.values():
        if one.settled[1] != one.last:
            one.cut()
    behind = {name: one for name, one in held.items() if one.last < newest}
    full = []
    for last in {one.last for one in behind.values()}:
        several = {name: one for name, one in behind.items() if one.last == last}
        for name, rows in _logged(cursor, several, last, newest).items():
            try:
                several[name].append(rows)
            except TooMany:
                full.append(name)
            several[name].last = newest
    for one in behind.values():
        transaction.on_commit(one.settle)
    return full


def _logged(cursor: Any, several: dict[str, Facts], after: int, newest: int) -> dict[str, pa.Table]:
    """The facts of these names with ids in (after, newest], read as one table."""
    columns = dict(sorted({name: how for one in several.values() for name, how in one.of.columns.items()}.items()))
    chosen = "".join(f", {property_sql(prop, kind)}" for prop, kind in columns.values())
    rows = engine.rows(
        cursor,
        f"SELECT customer_id, occurred_at{chosen}, name FROM kernel_fact WHERE id > %s AND id <= %s AND name = ANY(%s)",
        Wanted(columns, None).schema.append(pa.field("name", pa.string())),
        [after, newest, list(several)],
    )
    return {name: rows.filter(pc.equal(rows.column("name"), name)) for name in several}


def _with_merged(cursor: Any, roots: Rows) -> tuple[Rows, Rows]:
    """The customers who are these roots, with the root of each."""
    cursor.execute(
        "SELECT id, root_id FROM resolve_customer WHERE root_id = ANY(%s::bigint[]) AND id <> root_id",
        [engine.array(roots.tolist())],
    )
    merged = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    return np.concatenate([roots, merged[:, 0]]), np.concatenate([roots, merged[:, 1]])


def _micros(rows: pa.Table) -> Rows:
    found: Rows = rows.column("occurred_at").cast(pa.int64()).to_numpy()
    return found


_kept: dict[str, Resident] = {}


def let_go() -> None:
    """Forget what is in this process's memory; it is loaded again."""
    _kept.clear()


def resident() -> Resident:
    """What is in this process's memory of the database's facts."""
    return _kept.setdefault(str(connection.settings_dict["NAME"]), Resident())
