"""The analytical engine: DuckDB in process, one connection for each thread, and Ibis to write its SQL.

An expression is compiled to SQL once. Moments are left open in it as named parameters, so that the same text
answers for any moment; tables are left as names, so that it runs over any slice. What is asked again and again of
small slices is planned once (see Plan).
"""

import os
import re
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from pyarrow import csv

TIME = "timestamp('UTC', 6)"
SPREAD = 64  # values that a large answer comes in
# What the engine needn't think about over a few thousand rows: planning is most of a small slice's cost.
NEEDLESS = "statistics_propagation,join_order,build_side_probe_side,compressed_materialization"
FUNCTIONS = """
CREATE OR REPLACE TEMP MACRO json_list_has(list, value) AS CASE
WHEN starts_with(list, '[') AND json_valid(list) THEN list_contains(json_extract(list, '$[*]'), value) ELSE false END
"""
warnings.filterwarnings("ignore", message="Arrow output on a DB-API")  # it advises the other way, for large answers
MOMENTS = "moments"
PLANS = 200  # kept
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w+""")
_local = threading.local()
_compiler = DuckDBCompiler()
_plans: OrderedDict[str, "Plan"] = OrderedDict()
_planning = threading.Lock()
_together = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="engine")


def connection(*, small: bool = False) -> duckdb.DuckDBPyConnection:
    """This thread's in-memory engine. Its time zone is UTC; threads and memory are bounded.

    `small` is for slices of a few thousand rows: one thread, as sharing them out costs more than it saves.
    """
    name = "small" if small else "large"
    found: duckdb.DuckDBPyConnection | None = getattr(_local, name, None)
    if found is None:
        found = _opened(small=small)
        setattr(_local, name, found)
    return found


def _opened(*, small: bool) -> duckdb.DuckDBPyConnection:
    found = duckdb.connect(":memory:", config={"threads": 1 if small else max(1, os.cpu_count() or 1)})
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


def beside_moments(query: str, chosen: str, turned: Callable[[str], str] = str) -> str:
    """The query answered for every row of the table MOMENTS, whose columns ("$name") are its parameters.

    `chosen` are further columns of that table to give; `turned` may turn each name and text of the query.
    """

    def token(found: re.Match[str]) -> str:
        return f'{MOMENTS}."{found[0]}"' if found[0].startswith("$") else turned(found[0])

    return f"SELECT {chosen}answer.* FROM {MOMENTS}, LATERAL ({_TOKEN.sub(token, query)}) AS answer"


def moments_table(several: list[dict[str, datetime]]) -> dict[str, pa.Array]:
    """The columns of MOMENTS: one row for each of these sets of parameters."""
    kind = pa.timestamp("us", "UTC")
    return {f"${name}": pa.array([one[name].astimezone(UTC) for one in several], kind) for name in sorted(several[0])}


class _Rows:
    """A table whose rows are those of the moment: the plan is of its columns."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows

    def __arrow_c_schema__(self) -> Any:
        return self.rows.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.rows.__arrow_c_stream__(requested_schema)


class Plan:
    """A query planned once, in an engine of its own, for small slices whose tables always have the same columns.

    DuckDB plans a query with parameters again for each of their values, and one over tables that were registered
    anew: so the moments are a table, too, and each table is an object that gives the rows of the moment. Planning is
    most of a small slice's cost.
    """

    def __init__(self, query: str) -> None:
        tokens = set(_TOKEN.findall(query))
        self._query = query
        self._names = {token[1:-1] for token in tokens if token.startswith('"')}
        self._parameters = sorted(token[1:] for token in tokens if token.startswith("$"))
        self._tables: dict[str, _Rows] = {}
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._asking = threading.Lock()

    def answer(self, tables: Mapping[str, pa.Table], moments: Mapping[str, datetime]) -> pa.Table:
        """The query's rows as Arrow; one thread at a time. Of all that is given it takes what it names."""
        own = {name: self._own(rows) for name, rows in tables.items() if name in self._names}
        if self._parameters:
            own[MOMENTS] = pa.table(moments_table([{name: moments[name] for name in self._parameters}]))
        with self._asking:
            if self._engine is None:
                self._engine = self._planned(own)
            for name, rows in own.items():
                self._tables[name].rows = rows
            try:
                return self._engine.execute("EXECUTE asked").to_arrow_table()
            finally:
                for held in self._tables.values():
                    held.rows = held.rows.schema.empty_table()

    def _own(self, rows: pa.Table) -> pa.Table:
        named = sorted(self._names.intersection(rows.column_names))
        return rows.select(named) if named else rows

    def _planned(self, tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
        found = _opened(small=True)
        self._tables = {name: _Rows(rows) for name, rows in tables.items()}
        for name, held in self._tables.items():
            found.register(name, held)
        found.execute(f"PREPARE asked AS {beside_moments(self._query, '') if self._parameters else self._query}")
        return found


def plan(query: str) -> Plan:
    """The plan of a query that is asked again and again; the one asked longest ago makes room."""
    with _planning:
        found = _plans.get(query)
        if found is None:
            found = _plans[query] = Plan(query)
        _plans.move_to_end(query)
        while len(_plans) > PLANS:
            _plans.popitem(last=False)
        return found


def answers(queries: Sequence[str], tables: Mapping[str, pa.Table], moments: Mapping[str, datetime]) -> list[pa.Table]:
    """What each query that is asked again and again answers over these tables, all at the same time."""
    several = {query: _together.submit(plan(query).answer, tables, moments) for query in sorted(queries, key=len)[::-1]}
    return [several[query].result() for query in queries]


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


def array(numbers: Iterable[int | None]) -> str:
    """An array of whole numbers as PostgreSQL's text, for a parameter cast to its type: a list takes a microsecond of
    Python for each."""
    return "{" + ",".join("NULL" if one is None else str(one) for one in numbers) + "}"


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
