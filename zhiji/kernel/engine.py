"""The analytical engine: DuckDB in process, one connection for each thread, and Ibis to write its SQL.

An expression is compiled to SQL once. Moments are left open in it as named parameters, so that the same text
answers for any moment; tables are left as names, so that it runs over any slice. What is asked again and again of
small slices is planned once (see plans.py).
"""

import os
import re
import threading
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import duckdb
import ibis
import psycopg
import pyarrow as pa
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.compilers.postgres import PostgresCompiler
from pyarrow import csv

from zhiji.kernel.properties import FIGURES

MOMENT = "ZHIJI_MOMENT"
TIME = "timestamp('UTC', 6)"
SPREAD = 64  # values that a large answer comes in
# What the engine needn't think about over a few thousand rows: planning is most of a small slice's cost.
NEEDLESS = "statistics_propagation,join_order,build_side_probe_side,compressed_materialization"
FUNCTIONS = rf"""
CREATE OR REPLACE TEMP MACRO json_list(text) AS starts_with(text, '[') AND json_valid(text)
AND NOT regexp_matches(regexp_replace(text, '"(\\.|[^"\\])*"', '', 'g'), '(?i)nan|inf');
CREATE OR REPLACE TEMP MACRO json_elements(list) AS json_extract_string(
CASE WHEN contains(list, '.') THEN regexp_replace(list, '{FIGURES}', '\1\2\3', 'g') ELSE list END, '$[*]');
CREATE OR REPLACE TEMP MACRO json_list_has(list, value) AS CASE
WHEN json_list(list) THEN list_contains(json_elements(list), value)
ELSE false END;
CREATE OR REPLACE TEMP MACRO json_has(text, value) AS CASE
WHEN json_list(text) THEN list_contains(json_elements(text), value)
ELSE contains(text, value) END;
"""  # DuckDB takes [NaN] and [inf] for JSON, which nobody else does
warnings.filterwarnings("ignore", message="Arrow output on a DB-API")  # it advises the other way, for large answers
_local = threading.local()
_opening = threading.Lock()
_compiler, _postgres = DuckDBCompiler(), PostgresCompiler()


def connection(*, small: bool = False) -> duckdb.DuckDBPyConnection:
    """This thread's in-memory engine. Its time zone is UTC; threads and memory are bounded.

    `small` is for slices of a few thousand rows: one thread, as sharing them out costs more than it saves.
    """
    name = "small" if small else "large"
    found: duckdb.DuckDBPyConnection | None = getattr(_local, name, None)
    if found is None:
        found = opened(small=small)
        setattr(_local, name, found)
    return found


def opened(*, small: bool) -> duckdb.DuckDBPyConnection:
    """A new connection; see `connection`. What is made through it (views, plans) is its own and ends with it."""
    with _opening:
        found = _instance(small).cursor()
    found.execute("SET TimeZone = 'UTC'")
    found.execute("SET enable_progress_bar = false")
    found.execute(FUNCTIONS)
    return found


@cache
def _instance(small: bool) -> duckdb.DuckDBPyConnection:
    """One of the process's two engines, which all connections of its kind share: one of its own takes 5 MiB each."""
    found = duckdb.connect(":memory:", config={"threads": 1 if small else max(1, os.cpu_count() or 1)})
    found.execute(f"SET memory_limit = '{memory_limit()}'")
    found.execute("SET preserve_insertion_order = false")
    if small:
        found.execute(f"SET disabled_optimizers = '{NEEDLESS}'")
    return found


def memory_limit() -> str:
    """How much one engine may use before it spills: a quarter of the machine, at most 8 GiB."""
    return f"{min(8 * 2**30, machine_memory() // 4) // 2**20}MiB"


def machine_memory() -> int:
    """Bytes of memory that the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def answer(query: str, parameters: Any, *, small: bool = False) -> pa.Table:
    """The query's rows as Arrow. Of a small slice by the shorter way, which binds the query once, not twice."""
    if not small:
        return connection().sql(query, params=parameters).to_arrow_table()
    return connection(small=True).execute(query, parameters).to_arrow_table()


@ibis.udf.scalar.builtin(name=MOMENT)  # type: ignore[untyped-decorator]
def _moment(name: str) -> datetime:
    """A stand-in that `sql` turns into the parameter of that name."""
    raise NotImplementedError


def moment(name: str) -> Any:
    """A moment to be given at run time, as an Ibis scalar."""
    return _moment(name).cast(TIME)


def sql(expression: Any) -> str:
    """The expression as DuckDB SQL, with every `moment(name)` as the parameter `$name`."""
    return re.sub(rf"{MOMENT}\('(\w+)'\)", r"$\1", tree(expression).sql(dialect="duckdb"))


def tree(expression: Any) -> Any:
    """The expression as sqlglot's tree of DuckDB SQL, with every `moment(name)` as the function MOMENT of its name."""
    return _compiler.to_sqlglot(expression.unbind())


def postgres(expression: Any) -> str:
    """The expression as PostgreSQL's SQL."""
    return str(_postgres.to_sqlglot(expression.unbind()).sql(dialect="postgres"))


def array(numbers: Iterable[int | None]) -> str:
    """An array of whole numbers as PostgreSQL's text, for a parameter cast to its type: a list takes a microsecond of
    Python for each."""
    return "{" + ",".join("NULL" if one is None else str(one) for one in numbers) + "}"


def execute(cursor: Any, query: str, parameters: Any) -> None:
    """Run a statement whose parameters go beside it: megabytes within its text would be read, and copied, as text."""
    with psycopg.Cursor(cursor.connection) as bound:
        bound.execute(query, parameters)


def rows(cursor: Any, query: str, schema: pa.Schema, parameters: Any = None) -> pa.Table:
    """PostgreSQL's answer as an Arrow table of `schema`, in the cursor's transaction, in no sure order.

    The query's columns come in the order of the schema, the first an id; decimals with at most the schema's scale.
    """
    names = [f"c{at}" for at in range(len(schema))]
    lines = f"SELECT '', mod(c0, {SPREAD}), {line(names, schema)} FROM ({query}) AS q({', '.join(names)})"
    return tables(cursor, lines, {"": schema}, parameters)[""]


def line(columns: Iterable[str], schema: pa.Schema) -> str:
    """SQL of a row's line for `tables`, of these expressions in the order of the schema."""
    return " || ',' || ".join(
        f"coalesce('\"' || replace({column}, '\"', '\"\"') || '\"', '')"
        if pa.types.is_string(field.type)
        else f"coalesce({column}::text, '')"
        for column, field in zip(columns, schema, strict=True)
    )


def tables(cursor: Any, query: str, schemas: Mapping[str, pa.Schema], parameters: Any = None) -> dict[str, pa.Table]:
    """Several Arrow tables by one query of (which table, a number to spread its lines by, line): see `rows`, `line`.

    PostgreSQL writes the rows as CSV, those spread alike to one value, and Arrow reads that: a row costs no Python,
    several processes may write, and unlike a driver of Arrow's own it sees what this transaction has written. Moments
    come as timestamptz (the connection's zone is UTC).
    """
    cursor.execute(
        f"SELECT which, string_agg(line, E'\n') FROM ({query}) AS q(which, spread, line) GROUP BY which, spread",
        parameters,
    )
    texts: dict[str, list[str]] = {which: [] for which in schemas}
    for which, text in cursor.fetchall():
        if text is not None:
            texts[which].append(f"{text}\n")
    return {which: _read("".join(texts[which]).encode(), schema) for which, schema in schemas.items()}


def _read(buffer: bytes, schema: pa.Schema) -> pa.Table:
    if not buffer:
        return schema.empty_table()
    return csv.read_csv(
        pa.py_buffer(buffer),
        read_options=csv.ReadOptions(column_names=schema.names, use_threads=len(buffer) > 2**20, block_size=2**24),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            timestamp_parsers=["%Y-%m-%d %H:%M:%S%z", csv.ISO8601],
        ),
    )
