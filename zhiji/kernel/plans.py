"""Queries that are asked again and again of small slices: each is planned once, and kept.

Planning is most of a small slice's cost. DuckDB plans a query with parameters again for each of their values, and one
over tables that were registered anew: so the moments are a table, too, and each table is an object that gives the rows
of the moment.
"""

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from zhiji.kernel import engine

MOMENTS = "moments"
PLANS = 200  # kept
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w+""")
_plans: OrderedDict[str, "Plan"] = OrderedDict()
_planning = threading.Lock()
_together = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="plans")


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
    """A query planned once, in an engine of its own, for slices whose tables always have the same columns."""

    def __init__(self, query: str) -> None:
        tokens = set(_TOKEN.findall(query))
        self._query = query
        self._names = {token[1:-1].replace('""', '"') for token in tokens if token.startswith('"')}
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
        found = engine.opened(small=True)
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
