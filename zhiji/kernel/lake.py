"""The lake: the fact log as a Delta table, for reading whole populations.

One table `facts`, partitioned by fact name. Declared properties with `column=True` have typed columns
(`number:<name>` with four decimals, `text:<name>`); every property is in `properties` as JSON text. Rows keep
the customer they were recorded for; who reads joins the redirects.

A row gets here exactly once: each append carries the last fact id as Delta's own application transaction, in
the same commit as the rows, and that number decides what comes next. PostgreSQL's watermark `lake` follows
it, for those who only want to know. A reader takes a snapshot: the files of one version and its number; what
is newer it reads from PostgreSQL, so it sees every committed fact once, whatever is written meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError
from django.conf import settings
from django.db import connection

from zhiji.kernel import clock, engine, lake_files, object_store
from zhiji.kernel import lake_lanes as lanes
from zhiji.kernel.alone import alone
from zhiji.kernel.culprits import of_the_house
from zhiji.kernel.facts import fact_types
from zhiji.kernel.lake_folders import partition, shelved, told_by_log
from zhiji.kernel.lake_lanes import APP
from zhiji.kernel.models import Lane, Watermark
from zhiji.kernel.properties import Kind, identifier, property_of_json, property_sql, quoted

LOCK = 0x6C616B65  # "lake"
BATCH, EAGER, PATIENCE = 200_000, 20_000, 20.0
Wanted = Mapping[str, tuple[str, Kind]]
"""{column: (property, how it is read)}"""
NUMBER = pa.decimal128(18, 4)
MOMENT = pa.timestamp("us", "UTC")
BASE: tuple[tuple[str, pa.DataType], ...] = (
    ("id", pa.int64()),
    ("name", pa.string()),
    ("customer_id", pa.int64()),
    ("occurred_at", MOMENT),
    ("received_at", MOMENT),
    ("source_id", pa.int32()),
    ("properties", pa.string()),
)


def url() -> str:
    """Where the table is: a folder, or an address of object storage."""
    return f"{settings.LAKE_URL.rstrip('/')}/facts"


def columns() -> dict[str, tuple[str, Kind]]:
    """Every declared column: its name in the table, the property and how it is read."""
    found: dict[str, tuple[str, Kind]] = {}
    for fact in fact_types().values():
        for one in fact.properties:
            if one.column:
                kind: Kind = "number" if one.type in ("number", "money") else "text"
                found[f"{kind}:{one.name}"] = (one.name, kind)
    return found


def table() -> DeltaTable | None:
    """The Delta table at its newest version, or None before the first append."""
    try:
        return DeltaTable(url(), storage_options=object_store.options())
    except TableNotFoundError:
        return None


def append() -> bool:
    """One round of the loop: append what is new when it is enough or old enough. Answers whether it did."""
    with alone(LOCK) as mine, connection.cursor() as cursor:
        if not mine:
            return False
        cursor.execute("SELECT max(id) FROM kernel_fact")
        newest = cursor.fetchone()[0] or 0
        mark = Watermark.objects.filter(name="lake").first()
        known = mark.fact_id or 0 if mark else 0
        waited = mark is None or mark.at is None or clock.now() - mark.at > timedelta(seconds=PATIENCE)
        enough = newest > known and (newest - known >= EAGER or waited)
        worked = enough and _append(cursor) > 0
        return _catch_up(cursor) or worked


def drain() -> int:
    """Append everything committed so far, without waiting. Returns how many facts."""
    total = 0
    with alone(LOCK, wait=True), connection.cursor() as cursor:
        while count := _append(cursor):
            total += count
        _catch_up(cursor)
    return total


def _append(cursor: Any) -> int:
    found = table()
    done = last_fact(found)
    new = _logged(cursor, "id > %s", [done])
    if new.num_rows:
        names = new.column("name").unique().to_pylist()
        own = lanes.apart(found, names)
        lanes.remember(own, clock.now())
        last = int(pc.max(new.column("id")).as_py())
        together = new.filter(pc.invert(pc.is_in(new.column("name"), pa.array(list(own), pa.string())))) if own else new
        try:
            write(together, found, {APP: last})
        except Exception as error:
            if of_the_house(error):
                raise
            _by_lanes(together, done, last)
        done = last
    Watermark.objects.update_or_create(name="lake", defaults={"fact_id": done, "at": clock.now()})
    return int(new.num_rows)


def _by_lanes(new: pa.Table, done: int, last: int) -> None:
    """Write each name by itself; those that can't be go apart, at the last fact that they have. Raises what keeps the
    table itself from being written.
    """
    nothing, names = new.slice(0, 0), new.column("name").unique().to_pylist()
    write(nothing, table(), {APP: done, lanes.SOME: 1})
    lanes.remember(names, clock.now())
    marks: dict[str, int] = {}
    for name in names:
        own = new.filter(pc.equal(new.column("name"), name))
        told = own.select([column for column in own.column_names if own.column(column).null_count < own.num_rows])
        try:
            write(told, table(), {lanes.mark_of(name): last})
            marks[lanes.mark_of(name)] = lanes.TOGETHER
        except Exception as error:
            if of_the_house(error):
                raise
            lanes.failed(name, error, clock.now())
            marks[lanes.mark_of(name)] = done
    write(nothing, table(), {**marks, APP: last})
    lanes.forget(name for name in names if marks[lanes.mark_of(name)] == lanes.TOGETHER)


def _catch_up(cursor: Any) -> bool:
    """Try again the lanes that are due. Answers whether one was given something."""
    worked = False
    for name in lanes.due(clock.now()):
        found = table()
        upto, mark = last_fact(found), lanes.own_mark(found, name)
        if mark is not None:
            if mark > upto:
                continue  # what came with it isn't there yet
            new = _logged(cursor, "name = %s AND id > %s AND id <= %s", [name, mark, upto])
            more = new.num_rows == BATCH
            reached = int(pc.max(new.column("id")).as_py()) if more else lanes.TOGETHER
            try:
                write(new, found, {lanes.mark_of(name): reached})
            except Exception as error:
                if of_the_house(error):
                    raise
                lanes.failed(name, error, clock.now())
                continue
            worked = True
            if more:
                continue
        Lane.objects.filter(name=name).delete()
        if not Lane.objects.exists():
            write(_logged(cursor, "FALSE", []), table(), {lanes.SOME: 0})
    return worked


def _logged(cursor: Any, which: str, values: list[Any]) -> pa.Table:
    """The first BATCH of the log's facts for which this SQL holds, as the table has them."""
    declared = columns()
    selected = "".join(f", {property_sql(name, kind)}" for name, kind in declared.values())
    typed = ((name, NUMBER if kind == "number" else pa.string()) for name, (_, kind) in declared.items())
    return engine.rows(
        cursor,
        "SELECT id, name, customer_id, occurred_at, received_at, source_id, properties::text"
        f"{selected} FROM kernel_fact WHERE {which} ORDER BY id LIMIT %s",
        pa.schema([*BASE, *typed]),
        [*values, BATCH],
    )


def write(new: pa.Table, onto: DeltaTable | None, marks: lanes.Marks | None = None) -> None:
    """Append rows in one Delta commit that carries marks, unless others are given the last of their ids."""
    if onto is None and "://" not in url():
        Path(url()).mkdir(parents=True, exist_ok=True)
    given = marks if marks is not None else {APP: int(pc.max(new.column("id")).as_py())}
    write_deltalake(
        onto if onto is not None else url(),
        shelved(new).sort_by([("name", "ascending"), ("customer_id", "ascending"), ("occurred_at", "ascending")]),
        partition_by=["name"],
        mode="append",
        schema_mode="merge",
        configuration=told_by_log() if onto is None else None,
        storage_options=object_store.options(),
        writer_properties=WriterProperties(compression="ZSTD", max_row_group_size=122_880),
        commit_properties=CommitProperties(
            app_transactions=[Transaction(app_id=app, version=version) for app, version in given.items()]
        ),
    )


def last_fact(found: DeltaTable | None) -> int:
    """The id of the last fact in this version of the table."""
    return (found.transaction_version(APP) or 0) if found is not None else 0


@dataclass(frozen=True)
class Snapshot:
    """One version of the table: `last` is the newest fact id in it, but for lanes that are apart (see `upto`)."""

    delta: DeltaTable | None
    last: int

    def upto(self, name: str) -> int:
        """The last fact id up to which it has everything of a name; what is newer is in the log."""
        return lanes.apart(self.delta, [name]).get(name, self.last)

    def scan(self, name: str, wanted: Wanted, since: datetime | None = None) -> str | None:
        """DuckDB's SQL for customer_id, occurred_at and the wanted columns of one fact name; None without any."""
        files = self.readable(name)
        if not files:
            return None
        source = f"read_parquet([{', '.join(quoted(one) for one in files)}], union_by_name = true)"
        where = f" WHERE occurred_at > TIMESTAMPTZ {quoted(since.astimezone(UTC).isoformat())}" if since else ""
        chosen = self.chosen(name, wanted)
        return f"SELECT {', '.join(['customer_id', 'occurred_at', *chosen])} FROM {source}{where}"

    def chosen(self, name: str, wanted: Wanted, of_json: Callable[[str, Kind], str] = property_of_json) -> list[str]:
        """The wanted columns as SQL: declared ones as such, others (and what older files lack) from JSON."""
        known = self.columns()
        missing = not lake_files.all_have(self.readable(name), [column for column in wanted if column in known])
        found = []
        for column, (prop, kind) in wanted.items():
            if column not in known:
                found.append(f"{of_json(prop, kind)} AS {identifier(column)}")
            else:
                own = identifier(column)
                found.append(f"coalesce({own}, {of_json(prop, kind)}) AS {own}" if missing else own)
        return found

    def columns(self) -> set[str]:
        """The names of the table's columns."""
        return {field.name for field in self.delta.schema().fields} if self.delta is not None else set()

    def files(self, name: str) -> list[str]:
        """The data files of one fact name."""
        if self.delta is None:
            return []
        return list(self.delta.file_uris(partition_filters=[("name", "=", partition(name))]))

    def readable(self, name: str) -> list[str]:
        """The data files of one fact name, where this machine's engine reads them."""
        return lake_files.readable(self.files(name), url())


@dataclass(frozen=True)
class History:
    """All facts of one name, of everybody or the ids in a table `among`: the lake's and the tail's, with roots' ids.

    `tail:<name>` and, where customers have merged, `redirects` (loser, root) are tables beside it.
    """

    snapshot: Snapshot
    name: str
    wanted: Wanted
    since: datetime | None
    merged: bool
    among: str | None = None

    def sql(self, scanned: str | None) -> str:
        """SQL that any engine reads, around its own scan of the files."""
        found = f"SELECT * FROM {identifier(f'tail:{self.name}')}" + (f" UNION ALL {scanned}" if scanned else "")
        if self.merged:
            names = "".join(f", h.{identifier(column)}" for column in self.wanted)
            found = (
                f"SELECT coalesce(r.root, h.customer_id) AS customer_id, h.occurred_at{names}"
                f" FROM ({found}) h LEFT JOIN redirects r ON r.loser = h.customer_id"
            )
        if self.among:
            found = f'SELECT * FROM ({found}) f WHERE customer_id IN (SELECT id FROM "{self.among}")'
        return found


def snapshot() -> Snapshot:
    """The newest version of the table."""
    found = table()
    if found is not None and "://" in url():
        lake_files.sweep(found.file_uris)
    return Snapshot(found, last_fact(found))
