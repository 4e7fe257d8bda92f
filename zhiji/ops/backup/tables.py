"""The database in a back-up: every table's rows as PostgreSQL's COPY text, all of one moment.

Tables whose key is a number are cut by ranges of it, so that what isn't touched stays the same piece; others by size.
It reads any PostgreSQL, needs no program beside it, and is read back into tables that the recorded migrations made.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from zhiji.ops.backup.repository import PIECE, Repository, Table

RANGE = 20_000  # ids of a piece: some 4 MB of facts
WHOLE_NUMBERS = ("int2", "int4", "int8")
NEWEST_ONLY = ("access_customerkey",)
Step = Callable[[str], None]
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Layout:
    """A table's columns in order, its key, and whether the key is one whole number."""

    name: str
    columns: list[str]
    key: list[str]
    numbered: bool


def dump(connection: Connection, into: Repository, say: Step) -> dict[str, Table]:
    """Keep every table, as of the moment of the caller's transaction."""
    found = {}
    for layout in layouts(connection):
        say(layout.name)
        found[layout.name] = _dump(connection, layout, into)
    return found


def load(connection: Connection, tables: dict[str, Table], source: Repository, say: Step) -> None:
    """Empty every table and fill it from the back-up, in the caller's transaction; checks the number of rows."""
    there = {layout.name for layout in layouts(connection)}
    connection.execute("SET session_replication_role = replica")  # neither triggers nor the order of references matter
    names = sql.SQL(", ").join(map(sql.Identifier, sorted(there)))
    connection.execute(sql.SQL("TRUNCATE {}").format(names))
    for name, table in tables.items():
        say(name)
        fill(connection, name, table.columns, (source.piece(one) for one in table.pieces))
    connection.execute("SET session_replication_role = origin")


def fill(connection: Connection, name: str, columns: list[str], pieces: Iterable[bytes]) -> None:
    """Copy these pieces of COPY's text into the table."""
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), listed)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in pieces:
            copy.write(piece)


def counts(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """How many rows each table has."""
    found = {}
    for name in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        found[name] = int(row[0]) if row else 0
    return found


def sequences(connection: Connection) -> dict[str, int]:
    """The last number of each sequence that has given one."""
    return dict(
        connection.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        ).fetchall()
    )


def set_sequences(connection: Connection, values: dict[str, int]) -> None:
    for name, value in values.items():
        connection.execute("SELECT setval(%s::regclass, %s)", [f'public."{name}"', value])


def migrations(connection: Connection) -> dict[str, list[str]]:
    """The migrations that made these tables, by app."""
    found: dict[str, list[str]] = {}
    for app, name in connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall():
        found.setdefault(app, []).append(name)
    return found


def layouts(connection: Connection) -> list[Layout]:
    """Every table of the database, by name. Columns that the database computes itself are left out."""
    rows = connection.execute(
        """
        SELECT c.relname, array_agg(a.attname ORDER BY a.attnum),
          coalesce((SELECT array_agg(k.attname ORDER BY array_position(i.indkey::int2[], k.attnum))
            FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey)
            WHERE i.indrelid = c.oid AND i.indisprimary), '{}'),
          coalesce((SELECT bool_and(t.typname = ANY(%s)) AND count(*) = 1
            FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey)
            JOIN pg_type t ON t.oid = k.atttypid WHERE i.indrelid = c.oid AND i.indisprimary), false)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.oid, c.relname ORDER BY c.relname
        """,
        [list(WHOLE_NUMBERS)],
    ).fetchall()
    return [Layout(name, columns, key, numbered) for name, columns, key, numbered in rows]


def _dump(connection: Connection, layout: Layout, into: Repository) -> Table:
    pieces: list[str] = []
    rows = 0
    for part in _parts(connection, layout):
        rows += part.count(b"\n")
        pieces += into.keep(part)
    return Table(layout.columns, rows, pieces)


def _parts(connection: Connection, layout: Layout) -> Iterator[bytes]:
    if layout.numbered:
        for low in _ranges(connection, layout):
            yield b"".join(_copied(connection, _query(layout, low)))
        return
    held = bytearray()
    for block in _copied(connection, _query(layout)):
        held += block
        while len(held) >= PIECE:
            end = held.rfind(b"\n", 0, PIECE) + 1 or len(held)
            yield bytes(held[:end])
            del held[:end]
    if held:
        yield bytes(held)


def _ranges(connection: Connection, layout: Layout) -> list[int]:
    """The starts of the ranges of ids that hold rows."""
    key = sql.Identifier(layout.key[0])
    statement = sql.SQL("SELECT DISTINCT floor({} / {}::numeric)::bigint * {} FROM {} ORDER BY 1").format(
        key, RANGE, RANGE, sql.Identifier(layout.name)
    )
    return [low for (low,) in connection.execute(statement).fetchall()]


def _query(layout: Layout, low: int | None = None) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, layout.columns))
    order = sql.SQL(", ").join(map(sql.Identifier, layout.key or layout.columns))
    where: sql.Composable = sql.SQL("")
    if low is not None:
        key = sql.Identifier(layout.key[0])
        where = sql.SQL("WHERE {} >= {} AND {} < {}").format(key, low, key, low + RANGE)
    table = sql.Identifier(layout.name)
    return sql.SQL("COPY (SELECT {} FROM {} {} ORDER BY {}) TO STDOUT").format(columns, table, where, order)


def _copied(connection: Connection, query: sql.Composed) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            yield bytes(block)
