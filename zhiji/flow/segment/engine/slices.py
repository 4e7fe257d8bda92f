"""Slices: the input tables of a statement, for a few customers or for everybody.

A few are read from PostgreSQL by index, inside the caller's transaction. Everybody is read from the lake,
with the tail that isn't there yet from PostgreSQL. Either way a row has the root's id: redirects are followed
here, at reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import connection

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.flow.segment.conditions.comparison import Type
from zhiji.flow.segment.engine.made import day_sql, quoted
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.statement import Statement
from zhiji.kernel import engine, lake, spark

Tables = Mapping[str, pa.Table | lake.History]
ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(), "number": lake.NUMBER, "time": lake.MOMENT, "date": pa.date32(), "list": pa.string(),
    "flag": pa.string(),
}  # fmt: skip


def few(needs: Needs, roots: Sequence[int], as_of: datetime) -> dict[str, pa.Table]:
    """The tables for these roots; ids that are no root (merged away, unknown) have no row."""
    ids = list(roots)
    tables: dict[str, pa.Table] = {}
    with connection.cursor() as cursor:
        tables["customers"] = _customers(cursor, needs, as_of, ids)
        for name in needs.facts:
            tables[f"fact:{name}"] = _facts_of(cursor, needs, name, ids, as_of)
        if needs.tags:
            tables["tags"] = _tags(cursor, needs, "AND c.root_id = ANY(%s)", [ids])
        if needs.consents:
            tables["consents"] = _consents(cursor, needs, "AND c.root_id = ANY(%s)", [ids])
    return tables


def everyone(needs: Needs, as_of: datetime, sample: int | None = None) -> dict[str, Any]:
    """The tables for all roots: Arrow for customers and tags, the lake with its tail for facts."""
    snapshot = lake.snapshot()
    tables: dict[str, Any] = {}
    with connection.cursor() as cursor:
        tables["customers"] = _customers(cursor, needs, as_of, None)
        if needs.tags:
            tables["tags"] = _tags(cursor, needs, "", [])
        if needs.consents:
            tables["consents"] = _consents(cursor, needs, "", [])
        redirects = engine.rows(
            cursor,
            "SELECT id, root_id FROM resolve_customer WHERE id <> root_id",
            pa.schema([("loser", pa.int64()), ("root", pa.int64())]),
        )
        tables["redirects"] = redirects
        for name in needs.facts:
            tail = _tail(cursor, needs, name, snapshot.last, as_of)
            tables[f"tail:{name}"] = tail
            wanted = {column: (prop, kind) for column, prop, kind in _fact_columns(needs, name)}
            tables[f"fact:{name}"] = lake.History(
                snapshot, name, wanted, needs.since(name, as_of), merged=redirects.num_rows > 0
            )
    return tables


def run(statement: Statement, tables: Tables, as_of: datetime) -> pa.Table:
    """The statement's answer over a slice, as Arrow."""
    small = "redirects" not in tables
    if not small and spark.chosen():
        return spark.answer(statement.expression, tables, statement.needs.parameters(as_of))
    with laid(tables, small=small):
        return engine.answer(statement.sql, statement.parameters(as_of), small=small)


@contextmanager
def laid(tables: Tables, *, small: bool) -> Iterator[Any]:
    """The engine with the slice's tables under their names."""
    here = engine.connection(small=small)
    arrow = [name for name, source in tables.items() if not isinstance(source, lake.History)]
    views = [name for name, source in tables.items() if isinstance(source, lake.History)]
    try:
        for name in arrow:
            here.register(name, tables[name])
        for name in views:
            one = tables[name]
            scanned = one.snapshot.scan(one.name, one.wanted, one.since)
            here.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {one.sql(scanned)}')
        yield here
    finally:
        for name in views:
            here.execute(f'DROP VIEW IF EXISTS "{name}"')
        for name in arrow:
            here.unregister(name)


def _customers(cursor: Any, needs: Needs, as_of: datetime, ids: list[int] | None) -> pa.Table:
    """The customers with their attributes and what is made of them; `ids` None is everybody."""
    columns: dict[str, tuple[str, pa.DataType]] = {"id": ("c.id", pa.int64())}
    for column, (name, type_) in sorted(needs.attributes.items()):
        columns[column] = (_attribute_sql(name, type_), ARROW[type_])
    only, joins = "", dict[str, str]()
    if ids is not None:
        only = f"AND m.customer_id = ANY({quoted(ids)})"
    for made in needs.made.values():
        columns |= made.sources()
        joins |= made.joins(as_of, only)
    portrait = " LEFT JOIN profile_portrait p ON p.customer_id = c.id" if len(columns) > 1 else ""
    joined = "".join(f' LEFT JOIN ({sql}) "{alias}" ON "{alias}".customer_id = c.id' for alias, sql in joins.items())
    read = engine.rows(
        cursor,
        f"SELECT {', '.join(sql for sql, _ in columns.values())} FROM resolve_customer c{portrait}{joined}"
        f" WHERE c.root_id = c.id{'' if ids is None else ' AND c.id = ANY(%s)'}",
        pa.schema([(name, arrow) for name, (_, arrow) in columns.items()]),
        [] if ids is None else [ids],
    )
    if not needs.made:
        return read
    kept = ["id", *sorted(needs.attributes)]
    made_columns = [made.make(read, as_of) for made in needs.made.values()]
    return pa.table([read.column(name) for name in kept] + made_columns, names=[*kept, *needs.made])


def _attribute_sql(name: str, type_: Type) -> str:
    if name in ATTRIBUTES:
        return ATTRIBUTES[name].sql
    if type_ == "date":
        return day_sql(name)
    return lake.property_sql(name.removeprefix(CUSTOM), "number" if type_ == "number" else "text", "p.attributes")


def _tags(cursor: Any, needs: Needs, where: str, parameters: list[Any]) -> pa.Table:
    return engine.rows(
        cursor,
        "SELECT DISTINCT c.root_id, t.name FROM profile_tagging g JOIN profile_tag t ON t.id = g.tag_id"
        f" JOIN resolve_customer c ON c.id = g.customer_id AND c.root_id = c.id WHERE t.name = ANY(%s) {where}",
        pa.schema([("customer_id", pa.int64()), ("tag", pa.string())]),
        [sorted(needs.tags), *parameters],
    )


def _consents(cursor: Any, needs: Needs, where: str, parameters: list[Any]) -> pa.Table:
    channels, purposes = zip(*sorted(needs.consents), strict=True)
    columns = [("customer_id", pa.int64()), ("channel", pa.string()), ("purpose", pa.string()), ("granted", pa.bool_())]
    return engine.rows(
        cursor,
        "SELECT c.root_id, w.channel, w.purpose, w.granted FROM profile_consent w"
        " JOIN unnest(%s::text[], %s::text[]) AS asked(channel, purpose) USING (channel, purpose)"
        f" JOIN resolve_customer c ON c.id = w.customer_id AND c.root_id = c.id WHERE true {where}",
        pa.schema(columns),
        [list(channels), list(purposes), *parameters],
    )


def _fact_columns(needs: Needs, name: str) -> list[tuple[str, str, lake.Kind]]:
    return [
        (column, prop, "number" if type_ == "number" else "text")
        for column, (prop, type_) in sorted(needs.facts[name].columns.items())
    ]


def _fact_schema(needs: Needs, name: str) -> pa.Schema:
    columns = _fact_columns(needs, name)
    typed = [(column, lake.NUMBER if kind == "number" else pa.string()) for column, _, kind in columns]
    return pa.schema([("customer_id", pa.int64()), ("occurred_at", lake.MOMENT), *typed])


def _facts_of(cursor: Any, needs: Needs, name: str, ids: list[int], as_of: datetime) -> pa.Table:
    since = needs.since(name, as_of)
    chosen = "".join(
        f", {lake.property_sql(prop, kind, 'f.properties')}" for _, prop, kind in _fact_columns(needs, name)
    )
    return engine.rows(
        cursor,
        f"SELECT c.root_id, f.occurred_at{chosen} FROM resolve_customer c"
        " JOIN kernel_fact f ON f.customer_id = c.id AND f.name = %s AND f.occurred_at <= %s"
        f"{' AND f.occurred_at > %s' if since else ''} WHERE c.root_id = ANY(%s)",
        _fact_schema(needs, name),
        [name, as_of, *([since] if since else []), ids],
    )


def _tail(cursor: Any, needs: Needs, name: str, after: int, as_of: datetime) -> pa.Table:
    chosen = "".join(f", {lake.property_sql(prop, kind)}" for _, prop, kind in _fact_columns(needs, name))
    return engine.rows(
        cursor,
        f"SELECT customer_id, occurred_at{chosen} FROM kernel_fact WHERE id > %s AND name = %s",
        _fact_schema(needs, name),
        [after, name],
    )
