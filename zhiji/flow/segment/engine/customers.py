"""The customers of a slice with what was given of them, and what is made of that for a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from django.db import connection

from zhiji.flow.profile import past as known
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.flow.segment.conditions.comparison import Type
from zhiji.flow.segment.engine.made import day_sql
from zhiji.flow.segment.engine.needs import Needs
from zhiji.kernel import engine, lake
from zhiji.kernel.columnar.frame import Frame
from zhiji.kernel.properties import property_sql

ROOT = "(c.root_id = c.id) IS TRUE"  # said so, PostgreSQL knows from its statistics that nearly all are
ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(), "number": lake.NUMBER, "time": lake.MOMENT, "date": pa.date32(), "list": pa.string(),
    "flag": pa.string(), "any": pa.string(),
}  # fmt: skip
Ids = np.ndarray[Any, np.dtype[np.int64]]
Columns = dict[str, tuple[str, pa.DataType]]
"""{name: (SQL, type)}"""


@dataclass(frozen=True)
class Only:
    """Those of all roots for whom a condition of attributes alone holds now, which is false where they are missing."""

    condition: Node
    roots: Ids


def customers(
    cursor: Any, needs: Needs, as_of: datetime, ids: list[int] | None, *, past: bool, only: Only | None = None
) -> pa.Table:
    """The customers with their attributes and what others are made of; `ids` None is everybody.

    `only` is of everybody as of now.
    """
    given, others, joins = _given(needs), Columns({"id": ("c.id", pa.int64())}), dict[str, str]()
    among = "" if ids is None else f"AND m.customer_id = ANY('{engine.array(ids)}'::bigint[])"
    for one in needs.made.values():
        if not one.given:
            others |= one.sources()
            joins |= one.joins(as_of, among)
    joined = "".join(f' LEFT JOIN ({sql}) "{alias}" ON "{alias}".customer_id = c.id' for alias, sql in joins.items())
    if ids is None and not past and (given or len(others) == 1):
        return _of_everybody(cursor, needs, given, others, joined, only)
    portrait = " LEFT JOIN profile_portrait p ON p.customer_id = c.id" if given else ""
    if past:
        portrait = f" JOIN {known.portraits(as_of, ids)} p ON p.customer_id = c.id"
    wanted, parameters = "", list[Any]()
    if ids is not None:
        wanted, parameters = " AND c.id = ANY(%s::bigint[])", [engine.array(ids)]
    return _read(cursor, others | given, f"resolve_customer c{portrait}{joined} WHERE {ROOT}{wanted}", parameters)


def roots() -> Ids:
    """The ids of all roots, ascending; they come as bits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id >> 6, bit_or(1::bigint << (c.id & 63)::int) FROM resolve_customer c"
            f" WHERE {ROOT} GROUP BY 1 ORDER BY 1"
        )
        blocks, bits = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2).T
    at = np.flatnonzero(np.unpackbits(bits.astype("<i8").view(np.uint8), bitorder="little"))
    found: Ids = (blocks[at >> 6] << 6) + (at & 63)
    return found


def _given(needs: Needs) -> Columns:
    """What is read of portraits."""
    found = Columns()
    for column, (name, type_) in sorted(needs.attributes.items()):
        found[column] = (_attribute_sql(name, type_), ARROW[type_])
    for one in needs.made.values():
        if one.given:
            found |= one.sources()
    return found


def _of_everybody(
    cursor: Any, needs: Needs, given: Columns, others: Columns, joined: str, only: Only | None
) -> pa.Table:
    """The roots and the portraits, read apart: for PostgreSQL to join them costs more than to read them."""
    ids = only.roots if only else roots()
    if not given:
        return pa.table({"id": ids})
    found = _portraits(cursor, needs, given, only)
    known = np.isin(found.column("id").to_numpy(), ids)
    if not known.all():
        found = found.filter(pa.array(known))
    if not only and found.num_rows < len(ids):
        unknown = np.setdiff1d(ids, found.column("id").to_numpy())
        found = pa.concat_tables([found, pa.table({"id": unknown})], promote_options="default")
    if len(others) == 1:
        return found
    read = _read(cursor, others, f"resolve_customer c{joined} WHERE {ROOT}")
    return Frame.of(found).beside(Frame.of(read), "id", "id").arrow()


def _portraits(cursor: Any, needs: Needs, given: Columns, only: Only | None) -> pa.Table:
    """What is given in portraits by `id`; PostgreSQL itself chooses those for whom the condition holds."""
    columns = {"id": ("p.customer_id", pa.int64()), **given}
    if only is None:
        return _read(cursor, columns, "profile_portrait p")
    short = {name: f"c{at}" for at, name in enumerate(columns)}
    types = _schema({short[name]: one for name, one in columns.items()})
    portraits = ibis.table(ibis.Schema.from_pyarrow(types), name="given")
    holds = only.condition.holds({name: portraits[column] for name, column in short.items()}, needs)
    read = ", ".join(f"{sql} AS {short[name]}" for name, (sql, _) in columns.items())
    chosen = engine.postgres(portraits.filter(holds)).replace("%", "%%")
    return engine.rows(cursor, f"WITH given AS (SELECT {read} FROM profile_portrait p) {chosen}", _schema(columns), [])


def _read(cursor: Any, columns: Columns, source: str, parameters: Any = None) -> pa.Table:
    return engine.rows(
        cursor,
        f"SELECT {', '.join(sql for sql, _ in columns.values())} FROM {source}",
        _schema(columns),
        parameters or [],
    )


def _schema(columns: Columns) -> pa.Schema:
    return pa.schema([(name, arrow) for name, (_, arrow) in columns.items()])


def made(needs: Needs, read: pa.Table, as_of: datetime) -> pa.Table:
    """The customers with the columns that are made for the moment, in place of what they are made of."""
    if not needs.made:
        return read
    kept = ["id", *sorted(needs.attributes)]
    columns = [one.make(read, as_of) for one in needs.made.values()]
    return pa.table([read.column(name) for name in kept] + columns, names=[*kept, *needs.made])


def _attribute_sql(name: str, type_: Type) -> str:
    if name in ATTRIBUTES:
        return ATTRIBUTES[name].sql
    if type_ == "date":
        return day_sql(name)
    if type_ == "time":
        return property_sql(name.removeprefix(CUSTOM), "moment", "p.attributes")
    return property_sql(name.removeprefix(CUSTOM), "number" if type_ == "number" else "text", "p.attributes")
