"""The analytical engine: DuckDB in process, one connection for each thread, and Ibis to write its SQL.

An expression is compiled to SQL once. Moments are left open in it as named parameters, so that the same text
answers for any moment; tables are left as names, so that it runs over any slice.
"""

import os
import re
import threading
import warnings
from datetime import datetime
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from pyarrow import csv

TIME = "timestamp('UTC', 6)"
BLOCK = 20_000
# What the engine needn't think about over a few thousand rows: planning is most of a small slice's cost.
NEEDLESS = "statistics_propagation,join_order,build_side_probe_side,compressed_materialization"
FUNCTIONS = """
CREATE OR REPLACE TEMP MACRO json_list_has(list, value) AS CASE
WHEN starts_with(list, '[') AND json_valid(list) THEN list_contains(json_extract(list, '$[*]'), value) ELSE false END
"""
warnings.filterwarnings("ignore", message="Arrow output on a DB-API")  # it advises the other way, for large answers
_local = threading.local()
_compiler = DuckDBCompiler()


def connection(*, small: bool = False) -> duckdb.DuckDBPyConnection:
    """This thread's in-memory engine. Its time zone is UTC; threads and memory are bounded.

    `small` is for slices of a few thousand rows: one thread, as sharing them out costs more than it saves.
    """
    name = "small" if small else "large"
    found: duckdb.DuckDBPyConnection | None = getattr(_local, name, None)
    if found is None:
        found = duckdb.connect(":memory:", config={"threads": 1 if small else max(1, os.cpu_count() or 1)})
        setattr(_local, name, found)
        found.execute("SET TimeZone = 'UTC'")
        found.execute(f"SET memory_limit = '{memory_limit()}'")
        found.execute("SET preserve_insertion_order = false")
        found.execute("SET enable_progress_bar = false")
        if small:
            found.execute(f"SET disabled_optimizers = '{NEEDLESS}'")
        found.execute(FUNCTIONS)
    return found


def memory_limit() -> str:
    """How much one connection may use before it spills: a quarter of the machine, at most 8 GiB."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(8 * 2**30, pages // 4) // 2**20}MiB"


def answer(query: str, parameters: Any, *, small: bool = False) -> pa.Table:
    """The query's rows as Arrow. Of a small slice by the shorter way, which binds the query once, not twice."""
    if not small:
        return connection().sql(query, params=parameters).to_arrow_table()
    return connection(small=True).execute(query, parameters).to_arrow_table()


@ibis.udf.scalar.builtin(name="ZHIJI_MOMENT")  # type: ignore[untyped-decorator]
def _moment(name: str) -> datetime:
    """A stand-in that `sql` turns into the parameter of that name."""
    raise NotImplementedError


def moment(name: str) -> Any:
    """A moment to be given at run time, as an Ibis scalar."""
    return _moment(name).cast(TIME)


def sql(expression: Any) -> str:
    """The expression as DuckDB SQL, with every `moment(name)` as the parameter `$name`."""
    text = _compiler.to_sqlglot(expression.unbind()).sql(dialect="duckdb")
    return re.sub(r"ZHIJI_MOMENT\('(\w+)'\)", r"$\1", text)


def rows(cursor: Any, query: str, schema: pa.Schema, parameters: Any = None) -> pa.Table:
    """PostgreSQL's answer as an Arrow table of `schema`, in the cursor's transaction, in no sure order.

    PostgreSQL writes the rows as CSV, some thousands to a value, and Arrow reads that: a row costs no Python, and
    unlike a driver of Arrow's own it sees what this transaction has written. The query's columns come in the order
    of the schema; moments as timestamptz (the connection's zone is UTC), decimals with at most the schema's scale.
    """
    names = [f"c{at}" for at in range(len(schema))]
    line = " || ',' || ".join(
        f"coalesce('\"' || replace({name}, '\"', '\"\"') || '\"', '')"
        if pa.types.is_string(field.type)
        else f"coalesce({name}::text, '')"
        for name, field in zip(names, schema, strict=True)
    )
    cursor.execute(
        f"SELECT string_agg({line}, E'\n') FROM (SELECT q.*, row_number() OVER () / {BLOCK} AS block"
        f" FROM ({query}) AS q({', '.join(names)})) AS b GROUP BY block",
        parameters,
    )
    buffer = "".join(f"{text}\n" for (text,) in cursor.fetchall() if text is not None).encode()
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
