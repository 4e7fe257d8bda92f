"""`zhiji spark-demo`: the demo's customers classified by a Spark cluster, and by DuckDB beside it."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from zhiji.ops.cluster import NoCluster, cluster
from zhiji.ops.commands.demo import demo_house, load_once
from zhiji.ops.house import Refused, database, set_up_django
from zhiji.ops.supervisor import Supervisor

if TYPE_CHECKING:
    import pyarrow as pa

    from zhiji.flow.segment.engine.statement import Statement


def spark_demo() -> None:
    """Start a Spark master and two workers here, classify the demo's customers on them, compare with DuckDB."""
    options = demo_house()
    try:
        with database(options), cluster(options.home / "spark") as address:
            supervisor = Supervisor(print)
            if supervisor.run_to_end("migrate", "--quiet") or not load_once(options, supervisor):
                raise Refused("the demo's data could not be loaded; what went wrong stands above")
            set_up_django()
            alike = _compare(address)
            if not alike:
                raise Refused("Spark and DuckDB gave different answers; please report it")
    except NoCluster as error:
        raise Refused(str(error)) from error


def _compare(address: str) -> bool:
    """Ask both engines everything, and print a table. Answers whether they always said the same."""
    from rich.console import Console
    from rich.table import Table

    from zhiji.flow.segment.engine.slices import answered
    from zhiji.kernel import clock, spark

    table = Table("", "customers", "columns", "DuckDB, s", "Spark, s", "same", title=f"Spark at {address}")
    now, alike = clock.now(), True
    for name, statement in _statements():
        here, quick = _timed("duckdb", lambda: answered(statement, None, now))  # noqa: B023 - called at once
        there, slow = _timed(address, lambda: answered(statement, None, now))  # noqa: B023
        same = same_rows(here, there)
        alike &= same
        sizes = (f"{here.num_rows:,}", str(here.num_columns - 1))
        table.add_row(name, *sizes, f"{quick:.2f}", f"{slow:.2f}", "yes" if same else "NO")
    spark.close()
    Console().print(table)
    return alike


def _statements() -> "Iterator[tuple[str, Statement]]":
    """What a build asks: schemes, segments, measures; then the classic segments that a shop may choose from."""
    from zhiji.flow.segment.catalogue.classics import TRADES
    from zhiji.flow.segment.conditions import parse
    from zhiji.flow.segment.definitions import measures
    from zhiji.flow.segment.definitions.registry import definitions

    known = definitions()
    trees = {key: one.node for key, one in known.segments.items()}
    yield f"{len(known.schemes)} schemes and {len(trees)} segments", known.statement(trees, tuple(known.schemes))
    yield "the measures of every customer", measures.statement(known.world)
    for trade in TRADES:
        chunk = {str(at): parse(one.tree) for at, one in enumerate(trade.templates)}
        yield f"{len(chunk)} classic segments: {trade.name[1]}", known.statement(chunk)


def _timed(engine: str, ask: "Callable[[], pa.Table]") -> "tuple[pa.Table, float]":
    from django.conf import settings

    settings.ENGINE = engine
    began = time.perf_counter()
    answer = ask()
    return answer, time.perf_counter() - began


def same_rows(one: "pa.Table", other: "pa.Table") -> bool:
    """Whether two answers have the same rows, whatever their order and the width of their numbers."""
    other = other.select(one.column_names).cast(one.schema)
    return bool(one.sort_by("id").equals(other.sort_by("id")))
