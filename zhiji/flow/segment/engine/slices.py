"""Slices: the input tables of a statement, for a few customers or for everybody.

A few are read from PostgreSQL by index, inside the caller's transaction. Everybody is read from the lake,
with the tail that isn't there yet from PostgreSQL. Either way a row has the root's id: redirects are followed
here, at reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
from django.db import connection

from zhiji.flow.profile import past as known
from zhiji.flow.segment.engine.customers import ROOT, Only, customers, made
from zhiji.flow.segment.engine.made import quoted
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.resident import Resident
from zhiji.flow.segment.engine.row import ROW
from zhiji.flow.segment.engine.statement import Statement
from zhiji.kernel import engine, lake, spark
from zhiji.kernel.columnar.frame import Frame
from zhiji.kernel.columnar.query import answers
from zhiji.kernel.properties import Kind, identifier, property_sql

TOGETHER = 100  # customers whose facts come in one value of PostgreSQL's, which may have a gigabyte
PART = 1_500_000  # customers of whom everything is asked at once
SPARSE = 1 / 3  # of everybody: so few that it pays to sort out their facts first
Tables = Mapping[str, pa.Table | lake.History]


def few(
    needs: Needs,
    roots: Sequence[int],
    as_of: datetime,
    *,
    past: bool = False,
    since: datetime | None = None,
    resident: Resident | None = None,
) -> dict[str, pa.Table]:
    """The tables for these roots; ids that are no root (merged away, unknown) have no row.

    With `past`, what was given is read as it was known at the moment, and who wasn't seen by then has no row.
    With `since`, the facts serve every moment from then on. Those that are `resident` are not read.
    """
    ids, earliest = list(roots), since or as_of
    with connection.cursor() as cursor:
        tables = given(cursor, needs, as_of, ids, past=past)
        if resident is not None:
            tables |= resident.gather(cursor, needs, tables["customers"].column("id").to_numpy(), as_of, earliest)
        names = [name for name in needs.facts if f"fact:{name}" not in tables]
        return tables | _facts_of(cursor, needs, names, ids, as_of, earliest)


def everyone(
    needs: Needs,
    as_of: datetime,
    *,
    past: bool = False,
    since: datetime | None = None,
    only: Only | None = None,
) -> dict[str, Any]:
    """The tables for all roots: Arrow for customers and tags, the lake with its tail for facts. See `few`.

    With `only`, customers are those, and facts no more than theirs where that is less work.
    """
    snapshot = lake.snapshot()
    with connection.cursor() as cursor:
        tables: dict[str, Any] = dict(given(cursor, needs, as_of, None, past=past, only=only))
        redirects = engine.rows(
            cursor,
            "SELECT id, root_id FROM resolve_customer WHERE id <> root_id",
            pa.schema([("loser", pa.int64()), ("root", pa.int64())]),
        )
        tables["redirects"] = redirects
        among = "customers" if only and tables["customers"].num_rows <= len(only.roots) * SPARSE else None
        for name in needs.facts:
            tail = _tail(cursor, needs, name, snapshot.upto(name), as_of)
            tables[f"tail:{name}"] = tail
            wanted = {column: (prop, kind) for column, prop, kind in _fact_columns(needs, name)}
            tables[f"fact:{name}"] = lake.History(
                snapshot, name, wanted, needs.since(name, since or as_of), redirects.num_rows > 0, among
            )
    return tables


def answered(statement: Statement, ids: Sequence[int] | None, as_of: datetime, *, past: bool = False) -> pa.Table:
    """A statement's answer for these roots, or for everybody (None)."""
    if ids is None:
        return run(statement, everyone(statement.needs, as_of, past=past), as_of)
    return run(statement, few(statement.needs, ids, as_of, past=past), as_of)


def given(
    cursor: Any,
    needs: Needs,
    as_of: datetime,
    ids: list[int] | None,
    *,
    past: bool = False,
    only: Only | None = None,
) -> dict[str, pa.Table]:
    """The tables of what isn't facts: customers with their attributes, tags, consents; `ids` None is everybody."""
    people = customers(cursor, needs, as_of, ids, past=past, only=only)
    return {"customers": made(needs, people, as_of), **words_on(cursor, needs, as_of, ids, past=past)}


def words_on(
    cursor: Any, needs: Needs, as_of: datetime, ids: list[int] | None, *, past: bool = False
) -> dict[str, pa.Table]:
    """The tables of what hangs on customers beside their attributes: tags and consents."""
    tables: dict[str, pa.Table] = {}
    if needs.tags:
        tables["tags"] = _tags(cursor, needs, as_of, ids, past=past)
    if needs.consents:
        tables["consents"] = _consents(cursor, needs, as_of, ids, past=past)
    return tables


def run_again(statement: Statement, tables: Mapping[str, pa.Table], as_of: datetime) -> Frame:
    """Like `run` over a slice of few, for a statement that is asked again and again: what answers it is kept.

    `tables` may have more than the statement needs.
    """
    needs, pieces = statement.needs, statement.pieces
    moments = needs.parameters(as_of)
    frames = {name: Frame.of(table) for name, table in tables.items()}
    row = frames["customers"].select({name: name for name in ("id", *sorted(needs.attributes), *needs.made)})
    for part in answers(pieces.parts, frames, moments):
        row = row.beside(part, "id", "customer_id")
    (answer,) = answers([pieces.rows], {**frames, ROW: row}, moments)
    return answer.select(pieces.same)


def run(statement: Statement, tables: Tables, as_of: datetime) -> pa.Table:
    """The statement's answer over a slice, as Arrow. Millions are asked in parts, as what is computed of each customer
    lies in memory at once.
    """
    small = "redirects" not in tables
    if not small and spark.chosen():
        return spark.answer(statement.expression, tables, statement.needs.parameters(as_of))
    answered = []
    for part in [tables] if small else _parts(tables):
        with laid(part, small=small):
            answered.append(engine.answer(statement.sql, statement.parameters(as_of), small=small))
    return pa.concat_tables(answered)


def _parts(tables: Tables) -> Iterator[Tables]:
    """Everybody's tables, of at most PART customers at a time."""
    customers: Any = tables["customers"]
    everybody = customers.num_rows
    if everybody <= PART:
        yield tables
        return
    count = -(-everybody // PART)
    facts = {name: one for name, one in tables.items() if isinstance(one, lake.History)}
    theirs = {name: replace(one, among="customers") for name, one in facts.items()}
    for first, last in pairwise(everybody * at // count for at in range(count + 1)):
        yield {**tables, **theirs, "customers": customers.slice(first, last - first)}


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
            here.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS {one.sql(scanned)}")
        yield here
    finally:
        for name in views:
            here.execute(f"DROP VIEW IF EXISTS {identifier(name)}")
        for name in arrow:
            here.unregister(name)


def _tags(cursor: Any, needs: Needs, as_of: datetime, ids: list[int] | None, *, past: bool) -> pa.Table:
    tags = known.tags(as_of, ids) if past else "(SELECT g.customer_id, t.key AS tag FROM profile_tagging g"
    tags += "" if past else " JOIN profile_tag t ON t.id = g.tag_id)"
    return engine.rows(
        cursor,
        f"SELECT DISTINCT c.id, g.tag FROM {tags} g JOIN resolve_customer c ON c.id = g.customer_id"
        f" WHERE {ROOT} AND g.tag = ANY(%s){_among(ids)}",
        pa.schema([("customer_id", pa.int64()), ("tag", pa.string())]),
        [sorted(needs.tags), *([] if ids is None else [engine.array(ids)])],
    )


def _consents(cursor: Any, needs: Needs, as_of: datetime, ids: list[int] | None, *, past: bool) -> pa.Table:
    channels, purposes = zip(*sorted(needs.consents), strict=True)
    columns = [("customer_id", pa.int64()), ("channel", pa.string()), ("purpose", pa.string()), ("granted", pa.bool_())]
    return engine.rows(
        cursor,
        "SELECT c.id, w.channel, w.purpose, w.granted"
        f" FROM {known.consents(as_of, ids) if past else 'profile_consent'} w"
        " JOIN unnest(%s::text[], %s::text[]) AS asked(channel, purpose) USING (channel, purpose)"
        f" JOIN resolve_customer c ON c.id = w.customer_id WHERE {ROOT}{_among(ids)}",
        pa.schema(columns),
        [list(channels), list(purposes), *([] if ids is None else [engine.array(ids)])],
    )


def _among(ids: list[int] | None) -> str:
    return "" if ids is None else " AND c.id = ANY(%s::bigint[])"


def _fact_columns(needs: Needs, name: str) -> list[tuple[str, str, Kind]]:
    return [
        (column, prop, "number" if type_ == "number" else "text")
        for column, (prop, type_) in sorted(needs.facts[name].columns.items())
    ]


def _fact_schema(needs: Needs, name: str) -> pa.Schema:
    columns = _fact_columns(needs, name)
    typed = [(column, lake.NUMBER if kind == "number" else pa.string()) for column, _, kind in columns]
    return pa.schema([("customer_id", pa.int64()), ("occurred_at", lake.MOMENT), *typed])


def _facts_of(
    cursor: Any, needs: Needs, names: list[str], ids: list[int], as_of: datetime, earliest: datetime
) -> dict[str, pa.Table]:
    """The facts of these names, by one pass over each customer's."""
    if not names:
        return {}
    schemas, lines, since = dict[str, pa.Schema](), list[str](), list[datetime | None]()
    for name in names:
        chosen = [property_sql(prop, kind, "f.properties") for _, prop, kind in _fact_columns(needs, name)]
        schemas[name] = _fact_schema(needs, name)
        row = engine.line(["c.root_id", "f.occurred_at", *chosen], schemas[name])
        lines.append(f"WHEN {quoted(name)} THEN {row}")
        since.append(needs.since(name, earliest))
    oldest = min(at for at in since if at) if all(since) else None
    spread = 1 + len(ids) // TOGETHER
    found = engine.tables(
        cursor,
        f"SELECT f.name, mod(c.root_id, {spread}), CASE f.name {' '.join(lines)} END FROM resolve_customer c"
        " JOIN kernel_fact f ON f.customer_id = c.id AND f.name = ANY(%(names)s) AND f.occurred_at <= %(as_of)s"
        f"{' AND f.occurred_at > %(oldest)s' if oldest else ''} WHERE c.root_id = ANY(%(ids)s::bigint[])",
        schemas,
        {"names": names, "as_of": as_of, "oldest": oldest, "ids": engine.array(ids)},
    )
    return {f"fact:{name}": table for name, table in found.items()}


def _tail(cursor: Any, needs: Needs, name: str, after: int, as_of: datetime) -> pa.Table:
    chosen = "".join(f", {property_sql(prop, kind)}" for _, prop, kind in _fact_columns(needs, name))
    return engine.rows(
        cursor,
        f"SELECT customer_id, occurred_at{chosen} FROM kernel_fact WHERE id > %s AND name = %s",
        _fact_schema(needs, name),
        [after, name],
    )
