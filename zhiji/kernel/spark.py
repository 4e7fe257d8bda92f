"""The engine of a cluster: the same Ibis expressions as Spark SQL, over the same Delta tables.

Chosen by ZHIJI_ENGINE=spark://host:port (further settings as a query: ?spark.executor.memory=4g). Slices of
everybody run there: builds, back-tests, reports. Small slices stay with DuckDB, in process.

The files of a Delta version are named by `deltalake`, as for DuckDB, and read as Parquet: so master and workers
need nothing but Spark, and must see the lake under the same address as we do.
"""

import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import ibis
import pyarrow as pa
from django.conf import settings
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from zhiji.kernel import lake
from zhiji.kernel.properties import FIGURES, Kind, identifier, quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_compiler = PySparkCompiler()
_local = threading.local()
_making = threading.Lock()
_drivers: list["subprocess.Popen[bytes]"] = []  # held, as each ends when its standard input is closed
FUNCTIONS = (
    f"""
CREATE OR REPLACE TEMPORARY FUNCTION json_figures(json STRING) RETURNS STRING
RETURN regexp_replace(json, r'{FIGURES}', '$1$2$3')
""",
    """
CREATE OR REPLACE TEMPORARY FUNCTION json_list_has(list STRING, value STRING) RETURNS BOOLEAN
RETURN startswith(list, '[')
AND coalesce(array_contains(from_json(json_figures(list), 'array<string>'), value), false)
""",
    """
CREATE OR REPLACE TEMPORARY FUNCTION json_has(text STRING, value STRING) RETURNS BOOLEAN
RETURN CASE WHEN startswith(text, '[') AND from_json(text, 'array<string>') IS NOT NULL
THEN coalesce(array_contains(from_json(json_figures(text), 'array<string>'), value), false)
ELSE contains(text, value) END
""",
)
SAID_ELSEWHERE = {"EPOCH_US": "UNIX_MICROS"}
KINDS: dict[Kind, str] = {"number": "DECIMAL(18, 4)", "text": "STRING"}


class NoSpark(Exception):
    """The cluster can't be used; the message says what to do."""


def chosen() -> bool:
    """Whether the workspace's engine is a cluster."""
    return bool(settings.ENGINE.startswith("spark://"))


def session() -> "SparkSession":
    """This thread's session: one connection to the cluster for the process, names of its own for each thread."""
    found: SparkSession | None = getattr(_local, "session", None)
    if found is None:
        with _making:
            found = _local.session = _connection(settings.ENGINE).newSession()
        for one in FUNCTIONS:
            found.sql(one)
    return found


@cache
def _connection(address: str) -> "SparkSession":
    try:
        from pyspark.sql import SparkSession

        _ = ibis.pyspark  # Ibis reads its options for Spark when this is first named
    except ImportError as error:
        raise NoSpark("ZHIJI_ENGINE names a Spark cluster, but PySpark isn't installed here: make spark") from error
    parts = urlsplit(address)
    local = parts.hostname in ("127.0.0.1", "localhost")
    options = {
        **({"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"} if local else {}),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.doubleQuotedIdentifiers": "true",
        "spark.sql.caseSensitive": "true",
        **dict(parse_qsl(parts.query)),
    }
    builder = SparkSession.builder.master(f"{parts.scheme}://{parts.netloc}").appName("zhiji")
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        with _driver(options):
            return builder.getOrCreate()
    except Exception as error:  # py4j raises its own kinds, and RuntimeError where there is no Java
        raise NoSpark(f"Spark at {parts.netloc} can't be reached: {str(error).splitlines()[0]}") from error


@contextmanager
def _driver(options: Mapping[str, str]) -> Iterator[None]:
    """The Java process PySpark speaks to, started by us and named in the environment as PySpark wants it.

    PySpark would run Python code between fork and exec (`preexec_fn`): in a process with many threads that may
    crash. The process ends when its standard input does, that is with this one.
    """
    from pyspark import SparkContext
    from pyspark.find_spark_home import _find_spark_home
    from pyspark.serializers import UTF8Deserializer, read_int

    if SparkContext._gateway is not None:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        stated = [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
        process = subprocess.Popen(  # noqa: S603
            [f"{_find_spark_home()}/bin/spark-submit", *stated, "pyspark-shell"],
            stdin=subprocess.PIPE,
            env=os.environ | {"SPARK_CONNECT_MODE": "0", "_PYSPARK_DRIVER_CONN_INFO_PATH": str(told)},
            start_new_session=True,
        )
        _drivers.append(process)
        while not told.is_file():
            if process.poll() is not None:
                raise NoSpark(f"Java ended with code {process.returncode} before it could be spoken to")
            time.sleep(0.05)
        with told.open("rb") as info:
            said = {
                "PYSPARK_GATEWAY_PORT": str(read_int(info)),
                "PYSPARK_GATEWAY_SECRET": UTF8Deserializer().loads(info),
            }
    os.environ |= said
    try:
        yield
    finally:
        for name in said:
            del os.environ[name]


def close() -> None:
    """End this process's connection to the cluster, if there is one; the next question makes a new one."""
    found: SparkSession | None = getattr(_local, "session", None)
    if found is not None:
        _local.session = None
        found.stop()
        _connection.cache_clear()


def answer(expression: Any, tables: Mapping[str, pa.Table | lake.History], moments: Mapping[str, datetime]) -> pa.Table:
    """The expression's rows as Arrow, over these tables under their names. Raises NoSpark."""
    with laid(tables) as here:
        return _typed(here.sql(sql(expression, moments)).toArrow(), expression)


def sql(expression: Any, moments: Mapping[str, datetime]) -> str:
    """The expression as Spark SQL, every `moment(name)` written out."""
    text = _compiler.to_sqlglot(expression.unbind()).sql(dialect=_compiler.dialect)
    for ours, theirs in SAID_ELSEWHERE.items():
        text = re.sub(rf"\b{ours}\(", f"{theirs}(", text)
    return re.sub(r"ZHIJI_MOMENT\('(\w+)'\)", lambda found: _literal(moments[found[1]]), text)


@contextmanager
def laid(tables: Mapping[str, pa.Table | lake.History]) -> "Iterator[SparkSession]":
    """The session with the slice's tables as views; they are dropped at the end."""
    here, views = session(), []

    def view(name: str, frame: Any) -> None:
        views.append(f"`{name.replace('`', '``')}`")
        frame.createOrReplaceTempView(views[-1])

    try:
        for name, source in tables.items():
            if isinstance(source, pa.Table):
                view(name, here.createDataFrame(source))
        for name, source in tables.items():
            if isinstance(source, lake.History):
                view(name, here.sql(source.sql(_scanned(here, source, view))))
        yield here
    finally:
        for name in views:
            here.sql(f"DROP VIEW IF EXISTS {name}")


def _scanned(here: "SparkSession", one: lake.History, view: Callable[[str, Any], None]) -> str | None:
    """SQL over the files of one fact name; None when there are none."""
    files = one.snapshot.files(one.name)
    if not files:
        return None
    known = one.snapshot.columns()
    columns = [
        f"`{column.replace('`', '``')}` {KINDS[kind]}" for column, (_, kind) in one.wanted.items() if column in known
    ]
    read = here.read.schema(", ".join(["customer_id BIGINT", "occurred_at TIMESTAMP", "properties STRING", *columns]))
    view(f"lake:{one.name}", read.parquet(*(file if "://" in file else f"file://{file}" for file in files)))
    chosen = one.snapshot.chosen(one.name, one.wanted, _property_of_json)
    where = f" WHERE occurred_at > {_literal(one.since)}" if one.since else ""
    return f"SELECT {', '.join(['customer_id', 'occurred_at', *chosen])} FROM {identifier(f'lake:{one.name}')}{where}"


def _property_of_json(name: str, kind: Kind) -> str:
    """Spark's reading of a property without a column, from the JSON text: the same answer as DuckDB's."""
    key = quoted(name).replace("\\", "\\\\")
    if kind == "text":
        return f"from_json(json_figures(properties), 'map<string,string>')[{key}]"
    text = f"from_json(properties, 'map<string,string>')[{key}]"
    return f"(CASE WHEN {text} RLIKE '^-?[0-9]{{1,14}}([.][0-9]+)?$' THEN CAST({text} AS DECIMAL(18, 4)) END)"


def _literal(moment: datetime) -> str:
    return f"TIMESTAMP'{moment.astimezone(UTC).isoformat(timespec='microseconds')}'"


def _typed(answer: pa.Table, expression: Any) -> pa.Table:
    """Columns as DuckDB gives them: whole numbers, words and moments of the expression's own types."""
    wanted = expression.schema().to_pyarrow()
    fields = [
        wanted.field(one.name) if not pa.types.is_decimal(wanted.field(one.name).type) else one.with_nullable(True)
        for one in answer.schema
    ]
    return answer.cast(pa.schema(fields))
