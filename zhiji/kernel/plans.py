"""Queries that are asked again and again of small slices: each is planned once, and kept.

Planning is most of a small slice's cost. DuckDB plans a query with parameters again for each of their values, and one
over tables that were registered anew: so the moments are a table, too, and each table is an object that gives the rows
of the moment. What remains is what each node of a plan costs before it sees a row: `sql` has few of them.
"""

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
from sqlglot import exp

from zhiji.kernel import engine
from zhiji.kernel.columnar.frame import Frame

MOMENTS = "moments"
PLANS = 200  # kept
CASED = (exp.Count, exp.Sum, exp.Min, exp.Max)
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w+""")
Rows: TypeAlias = "pa.Table | Frame"
_plans: OrderedDict[str, "Plan"] = OrderedDict()
_planning = threading.Lock()
_together = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="plans")


def sql(expression: Any) -> str:
    """The SQL of a plan: the expression's moments are columns of the table MOMENTS, which has one row.

    Aggregates aren't filtered but given nothing where they needn't look: DuckDB keeps for each filter a buffer of all
    columns that any aggregate reads.
    """
    tree = engine.tree(expression).copy()  # its parts may be in it several times
    beside: dict[int, exp.Select] = {}
    for asked in [one for one in tree.find_all(exp.Anonymous) if one.name == engine.MOMENT]:
        select = asked.parent_select
        beside[id(select)] = select
        column: exp.Expression = exp.column(f"${asked.expressions[0].name}", MOMENTS, quoted=True)
        grouped = select.args.get("group") and asked.find_ancestor(exp.AggFunc, exp.Filter, exp.Select) is select
        asked.replace(exp.AnyValue(this=column) if grouped else column)
    for select in beside.values():
        _put_beside(select)
    for filtered in list(tree.find_all(exp.Filter)):
        if isinstance(filtered.this, CASED):
            filtered.replace(_cased(filtered.this, filtered.expression.this))
    return str(tree.sql(dialect="duckdb"))


def _put_beside(select: exp.Select) -> None:
    """Let a select read MOMENTS beside its tables; `*` is still of those alone."""
    first, joins = select.args["from_"].this, select.args.get("joins") or []
    tables = [first, *(join.this for join in joins)]
    for star in [one for one in select.expressions if isinstance(one, exp.Star)]:
        own = [exp.Column(this=exp.Star(), table=exp.to_identifier(one.alias_or_name, quoted=True)) for one in tables]
        select.set("expressions", [other for one in select.expressions for other in (own if one is star else [one])])
    select.set("from_", exp.From(this=exp.to_table(MOMENTS)))
    select.set("joins", [exp.Join(this=first, kind="CROSS"), *joins])


def _cased(aggregate: exp.Expression, condition: exp.Expression) -> exp.Expression:
    """The aggregate of what the condition lets pass."""
    value = aggregate.this
    if isinstance(value, exp.Distinct):
        return exp.Count(this=exp.Distinct(expressions=[_if(condition, one) for one in value.expressions]))
    return type(aggregate)(this=_if(condition, exp.Literal.number(1) if isinstance(value, exp.Star) else value))


def _if(condition: exp.Expression, value: exp.Expression) -> exp.Expression:
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])


def beside_moments(query: str, chosen: str, turned: Callable[[str], str] = str) -> str:
    """The query answered for every row of the table MOMENTS, whose columns ("$name") are its parameters.

    `chosen` are further columns of that table to give; `turned` may turn each name and text of the query.
    """

    def token(found: re.Match[str]) -> str:
        return f'"{MOMENTS}"."{found[0]}"' if found[0].startswith("$") else turned(found[0])

    return f'SELECT {chosen}answer.* FROM "{MOMENTS}", LATERAL ({_TOKEN.sub(token, query)}) AS answer'


def moments_table(several: Sequence[Mapping[str, datetime]]) -> dict[str, pa.Array]:
    """The columns of MOMENTS: one row for each of these sets of parameters."""
    kind = pa.timestamp("us", "UTC")
    return {f"${name}": pa.array([one[name].astimezone(UTC) for one in several], kind) for name in sorted(several[0])}


class _Rows:
    """A table whose rows are those of the moment: the plan is of its columns."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows
        self.none = rows.schema.empty_table()

    def __arrow_c_schema__(self) -> Any:
        return self.rows.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.rows.__arrow_c_stream__(requested_schema)


class Plan:
    """A query planned once, in an engine of its own, for slices whose tables have the columns it was planned with.

    Whoever asks may give wider tables from one time to the next, as definitions come that read more of a fact: of each
    it takes the columns that it was planned with. Where those aren't there, or are of another type, it plans anew.
    """

    def __init__(self, query: str) -> None:
        self._query = query
        tokens = {token for token in _TOKEN.findall(query) if token.startswith('"')}
        self._names = {token[1:-1].replace('""', '"') for token in tokens}
        self._tables: dict[str, _Rows] = {}
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._asking = threading.Lock()

    def answer(self, tables: Mapping[str, Rows]) -> pa.Table:
        """The query's rows as Arrow; one thread at a time. Of all that is given it takes what it names."""
        with self._asking:
            own = {name: self._own(name, rows) for name, rows in tables.items() if name in self._names}
            if self._engine is None or {name: rows.schema for name, rows in own.items()} != self._planned_with():
                self._engine, self._tables = self._planned(own)
            for name, rows in own.items():
                self._tables[name].rows = rows
            try:
                return self._engine.execute("EXECUTE asked").to_arrow_table()
            finally:
                for held in self._tables.values():
                    held.rows = held.none

    def _planned_with(self) -> dict[str, pa.Schema]:
        return {name: held.none.schema for name, held in self._tables.items()}

    def _own(self, name: str, rows: Rows) -> pa.Table:
        columns = list(rows.columns if isinstance(rows, Frame) else rows.column_names)
        held = self._tables.get(name)
        if held is not None and set(held.none.column_names) <= set(columns):
            named = held.none.column_names
        else:
            named = sorted(self._names.intersection(columns)) or columns
        return rows.arrow(named) if isinstance(rows, Frame) else rows.select(named)

    def _planned(self, tables: Mapping[str, pa.Table]) -> tuple[duckdb.DuckDBPyConnection, dict[str, _Rows]]:
        found, held = engine.opened(small=True), {name: _Rows(rows) for name, rows in tables.items()}
        for name, one in held.items():
            found.register(name, one)
        found.execute(f"PREPARE asked AS {self._query}")
        return found, held


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


def let_go() -> None:
    """Forget every plan; each is made again when it is asked for."""
    with _planning:
        _plans.clear()


def begun(
    queries: Sequence[str], tables: Mapping[str, Rows], moments: Mapping[str, datetime]
) -> list[Future[pa.Table]]:
    """What each query that is asked again and again will have answered over these tables, all at the same time."""
    if not queries:
        return []
    tables = {**tables, MOMENTS: pa.table(moments_table([moments]))}
    several = {query: _together.submit(plan(query).answer, tables) for query in sorted(queries, key=len)[::-1]}
    return [several[query] for query in queries]
