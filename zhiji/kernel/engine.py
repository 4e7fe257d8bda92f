"""The analytical engine: DuckDB in process, one connection for each thread, and Ibis to write its SQL.

An expression is compiled to SQL once. Moments are left open in it as named parameters, so that the same text
answers for any moment; tables are left as names, so that it runs over any slice.
"""

import os
import re
import threading
from datetime import datetime
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from pyarrow import csv

TIME = "timestamp('UTC', 6)"
_local = threading.local()
_compiler = DuckDBCompiler()


def connection() -> duckdb.DuckDBPyConnection:
    """This thread's in-memory engine. Its time zone is UTC; threads and memory are bounded."""
    found: duckdb.DuckDBPyConnection | None = getattr(_local, "connection", None)
    if found is None:
        found = _local.connection = duckdb.connect(":memory:", config={"threads": max(1, os.cpu_count() or 1)})
        found.execute("SET TimeZone = 'UTC'")
        found.execute(f"SET memory_limit = '{memory_limit()}'")
        found.execute("SET preserve_insertion_order = false")
        found.execute("SET enable_progress_bar = false")
    return found


def memory_limit() -> str:
    """How much one connection may use before it spills: a quarter of the machine, at most 8 GiB."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(8 * 2**30, pages // 4) // 2**20}MiB"


@ibis.udf.scalar.builtin(name="ZHIJI_MOMENT")  # type: ignore[untyped-decorator]
def _moment(name: str) -> datetime:
    """A stand-in that `sql` turns into the parameter of that name."""


def moment(name: str) -> Any:
    """A moment to be given at run time, as an Ibis scalar."""
    return _moment(name).cast(TIME)


def sql(expression: Any) -> str:
    """The expression as DuckDB SQL, with every `moment(name)` as the parameter `$name`."""
    text = _compiler.to_sqlglot(expression.unbind()).sql(dialect="duckdb")
    return re.sub(r"ZHIJI_MOMENT\('(\w+)'\)", r"$\1", text)


def rows(cursor: Any, query: str, schema: pa.Schema, parameters: Any = None) -> pa.Table:
    """PostgreSQL's answer as an Arrow table of `schema`, in the cursor's transaction, by COPY.

    Moments must come as timestamptz (the connection's zone is UTC), decimals with at most the schema's scale.
    """
    sink = pa.BufferOutputStream()
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", parameters) as copy:
        for block in copy:
            sink.write(block)
    buffer = sink.getvalue()
    if not buffer.size:
        return schema.empty_table()
    return csv.read_csv(
        pa.BufferReader(buffer),
        read_options=csv.ReadOptions(column_names=schema.names, use_threads=buffer.size > 2**20, block_size=2**24),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
            timestamp_parsers=["%Y-%m-%d %H:%M:%S%z", csv.ISO8601],
        ),
    )
