"""The classification engine with 200 live conditions over a large population, against its bars.

    python -m bench.engine [customers] [facts] [folder]

With a folder the generated data (the log, the lake, portraits) is kept there, and used again by the next run; it is
carried over when tables have changed. Everything runs in a process of its own; what is live is measured with the
product's own web and worker processes. The bare limit is hand-written DuckDB SQL for the same answers over the same
files in the same process (bench/conditions.py); the answers are compared, row by row.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench import conditions, population
from bench.locks import Locks
from bench.table import Row, show

CUSTOMERS, FACTS = 1_000_000, 20_000_000
ROUNDS = 3
Said = list[dict[str, Any]]


def run(customers: int = CUSTOMERS, facts: int = FACTS, folder: Path | None = None) -> list[Row]:
    """Measure in a process and a data folder of their own."""
    with tempfile.TemporaryDirectory(prefix="zhiji-bench-") as passing:
        home = folder or Path(passing)
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
        env = {**os.environ, "ZHIJI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
        env.pop("ZHIJI_DATABASE_URL", None)
        command = [sys.executable, "-m", "bench.engine", "--inside", str(customers), str(facts)]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return [Row(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def inside(customers: int, facts: int) -> Said:
    from zhiji.ops import postgres

    home = Path(os.environ["ZHIJI_HOME"])
    os.environ["ZHIJI_DATABASE_URL"] = postgres.start(home) + "&pool=0"
    try:
        population.opened(home)
        from zhiji.kernel import clock, lake, lake_tidying

        told = population.made(home, customers, facts)
        lake.drain()  # what earlier runs left in the log alone: the hand-written SQL reads the lake
        lake_tidying.tidy(clock.now())
        size = f"{told['customers']:,} × {told['facts']:,}"
        return [
            {"what": f"{size}, 200 conditions; generated in", "value": told["seconds"], "unit": "s"},
            *_wholes(),
            *_single(),
            *_days(),
            *_streams(told["customers"]),
            {"what": "peak memory of this process", "value": _peak(), "unit": "GiB", "bar": "≤ 8"},
        ]
    finally:
        postgres.stop(home)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _best(act: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, Any]:
    """The best of a few rounds in seconds, and the last answer."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = act()
        times.append(time.perf_counter() - began)
    return min(times), answer


def _told(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _define(hand: conditions.Hand) -> None:
    """The two schemes and 193 segments, none built."""
    from django.db import connection, transaction

    from zhiji.flow.segment import actions
    from zhiji.flow.segment.models import CutPoints, Scheme, Segment
    from zhiji.ops.demo.classes import SCHEMES

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE segment_segment, segment_scheme, segment_schemeclass, segment_block, segment_singlechange,"
            " segment_blockchange, segment_cutpoints, profile_measures CASCADE;"
            "DELETE FROM kernel_watermark WHERE name LIKE 'segment.%'"
        )
    for scheme in SCHEMES:
        actions.create_scheme(by=None, **scheme)
    Segment.objects.bulk_create(Segment(key=key, name=key, condition=tree) for key, tree in hand.trees.items())
    from zhiji.flow.segment.definitions.registry import advance

    advance()
    assert Scheme.objects.count() == 2 and not CutPoints.objects.exists()


def _wholes() -> Said:
    """Everyone asked, beside hand-written SQL; then the whole first build, and one where little differs."""
    from zhiji.flow.segment import actions
    from zhiji.flow.segment.definitions import cut_points
    from zhiji.flow.segment.definitions.registry import definitions
    from zhiji.flow.segment.engine.slices import everyone
    from zhiji.flow.segment.engine.slices import run as ask
    from zhiji.kernel import clock

    hand = conditions.two_hundred()
    _define(hand)
    now = clock.now()
    cutting, (points, people) = _best(lambda: cut_points.compute(cut_points.ranks_of(definitions()), now), 1)
    cut_points.publish(points, people, now)
    known = definitions()
    trees = {f"segment:{key}": one.node for key, one in known.segments.items()}
    _told("compiling")
    statement = known.statement(trees, tuple(known.schemes))
    compiling, _ = _best(lambda: statement.sql, 1)
    _told("asking")
    ours, answer = _best(lambda: ask(statement, everyone(statement.needs, now), now))
    _told("asking by hand")
    bare, expected = _best(lambda: _bare(hand, known.cuts, now))
    _compare(answer, expected)
    members = sum(int(answer.column(name).to_numpy().sum()) for name in answer.column_names if name[:2] == "v:")
    del answer, expected
    locks = Locks()
    _told("building")
    with locks:
        first, _ = _best(lambda: actions.build(now), 1)
    again, _ = _best(lambda: actions.build(clock.now()), 1)
    limit = {"limit_is": "hand-written SQL, same answers", "limit": bare}
    return [
        {"what": "everyone asked all 200", "value": ours, "unit": "s", "bar": "≤ 1.3 ×", **limit},
        {"what": f"first build, {members:,} memberships, measures, log", "value": first, "unit": "s", "bar": "≤ 60"},
        {"what": "longest hold of the pipeline's lock in it", "value": locks.longest, "unit": "s"},
        {"what": "build again, little differs", "value": again, "unit": "s", "bar": "≤ 60"},
        {"what": "compiling all 200 in one", "value": compiling, "unit": "s"},
        {"what": "cut points of the population", "value": cutting, "unit": "s"},
    ]  # fmt: skip


def _compare(answer: Any, expected: Any) -> None:
    import pyarrow.compute as pc

    one, other = answer.sort_by("id"), expected.sort_by("id")
    for name in ("id", *(name for name in answer.column_names if name[:2] in ("v:", "c:"))):
        if not one.column(name).equals(other.column(name)):
            differ = pc.sum(pc.not_equal(one.column(name), other.column(name))).as_py()
            raise SystemExit(f"the hand-written SQL and the engine disagree about {name}: {differ} customers")


def _bare(hand: conditions.Hand, cuts: Any, now: datetime) -> Any:
    """The hand-written statement; customers and tags are read from PostgreSQL, likewise."""
    import pyarrow as pa
    from django.db import connection

    from zhiji.kernel import engine, lake

    snapshot = lake.snapshot()
    with connection.cursor() as cursor:
        schema = [("id", pa.int64()), ("region", pa.string()), ("city", pa.string()), ("gender", pa.string())]
        schema += [("priority", lake.NUMBER), ("birthday", pa.date32()), ("registered_at", lake.MOMENT)]
        schema += [("level", pa.string()), ("points", lake.NUMBER)]
        customers = engine.rows(
            cursor,
            "SELECT c.id, region, city, gender, priority, birthday, registered_at, attributes->>'level',"
            " (attributes->>'points')::numeric FROM resolve_customer c LEFT JOIN profile_portrait p"
            " ON p.customer_id = c.id WHERE c.id = c.root_id",
            pa.schema(schema),
        )
        tags = engine.rows(
            cursor,
            "SELECT customer_id, name FROM profile_tagging JOIN profile_tag t ON t.id = tag_id",
            pa.schema([("customer_id", pa.int64()), ("tag", pa.string())]),
        )
    scans = {
        fact: f"read_parquet([{', '.join(f'{chr(39)}{file}{chr(39)}' for file in snapshot.files(fact))}])"
        for fact in hand.measures
    }
    query = conditions.statement(hand, scans, cuts)
    here = engine.connection()
    here.register("customers", customers)
    here.register("tags", tags)
    try:
        asked = {name: at for name, at in conditions.moments(hand, now, cuts).items() if f"${name}" in query}
        return here.sql(query, params=asked).to_arrow_table()
    finally:
        here.unregister("customers")
        here.unregister("tags")


DRAFT: dict[str, Any] = {
    "kind": "all",
    "of": [
        {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 2, "window": {"last": 90, "unit": "days"}},
        {"kind": "recency", "fact": "product_viewed", "op": "le", "value": 30, "unit": "days"},
        {"kind": "attribute", "name": "region", "op": "eq", "value": "浙江"},
    ],
}


def _single() -> Said:
    """A new segment's exact count, and the estimate while it is edited: another number each time, as one would."""
    from zhiji.flow.segment import evaluate
    from zhiji.flow.segment.figures.estimate import estimated
    from zhiji.kernel import clock

    _told("a single segment")
    now = clock.now()
    exact, found = _best(lambda: evaluate.preview(DRAFT, now))
    cold, _ = _best(lambda: estimated(DRAFT, now), 1)
    edits: list[float] = []
    off = 0.0
    for least in (1, 2, 3, 4, 5):
        tree = {"kind": "all", "of": [{**DRAFT["of"][0], "value": least}, *DRAFT["of"][1:]]}
        took, about = _best(lambda tree=tree: estimated(tree, now), 1)  # type: ignore[misc]
        edits.append(took * 1000)
        if least == DRAFT["of"][0]["value"]:
            assert about is not None or found.population < 50_000
            off = 0.0 if about is None else abs(about.count - found.count) / max(1, found.population) * 100
    return [
        {"what": "a new segment's exact count", "value": exact, "unit": "s", "bar": "≤ 1"},
        {"what": "its estimate after an edit, the slowest of five", "value": max(edits), "unit": "ms", "bar": "≤ 300"},
        {"what": "the first estimate, which reads the sample", "value": cold, "unit": "s"},
        {"what": "how far the estimate was off, of the population", "value": off, "unit": "points"},
    ]


def _streams(customers: int, count: int = 50_000, seconds: float = 20.0) -> Said:
    """Facts through the pipeline with all 200 live; then how soon each shows, with the product's own processes."""
    from django.db import connection

    from bench import pipeline
    from bench.ingest import Server
    from zhiji.kernel import lake

    pipeline.CUSTOMERS = customers
    _told("what builds left is vacuumed, as it is within minutes by itself")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE segment_block, segment_singlechange, profile_measures, profile_portrait")
    _told("facts into memory, as the worker has them")
    loading, held = _best(pipeline.loaded, 1)
    lake.drain()
    with Server(Path(os.environ["ZHIJI_HOME"])) as server, pipeline.working(server, ready=25):
        _told("a backlog through the workers")
        pipeline.worked_off(pipeline.facts(20_000, f"warm {time.time()}", 5))
        each, visits = (pipeline.worked_off(pipeline.facts(count, f"bench {time.time()}", visit)) for visit in (1, 5))
        connection.close()
        _told("facts by HTTP")
        latency, took = pipeline.waited(server, seconds, f"{time.time():.0f}")
    at = lambda share: took[int(len(took) * share)] * 1e3 if took else float("nan")  # noqa: E731
    return [
        {"what": "facts read by live definitions loaded into memory", "value": loading, "unit": "s"},
        {"what": "what they take there", "value": held / 2**30, "unit": "GiB"},
        {"what": "facts through the pipeline, 200 live, each another customer's", "value": each, "unit": "facts/s"},
        {"what": "the same, visits of five facts", "value": visits, "unit": "facts/s", "bar": "≥ 10,000"},
        {"what": "facts by HTTP meanwhile", "value": latency.sent / latency.took, "unit": "facts/s", "bar": "1,000"},
        {"what": "fact to membership, p50", "value": at(0.5), "unit": "ms"},
        {"what": "fact to membership, p99", "value": at(0.99), "unit": "ms", "bar": "< 300"},
        {"what": "whose membership never showed", "value": len(latency.acknowledged) - len(took), "unit": ""},
    ]  # fmt: skip


def _days() -> Said:
    """A whole day passes at once: every window's edge and every calendar of the day; then it is taken back."""
    from django.db import transaction

    from zhiji.kernel import clock
    from zhiji.kernel.pipeline import run_once

    run_once()
    _told("a day passes")
    with transaction.atomic():
        began = time.perf_counter()
        run_once(as_of=clock.now() + timedelta(days=1))
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return [{"what": "a day begins: all windows and calendars", "value": took, "unit": "s", "bar": "≤ 60"}]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        print(json.dumps(inside(*map(int, sys.argv[2:4]))))
    else:
        folder = Path(sys.argv[3]).absolute() if len(sys.argv) > 3 else None
        sizes = [int(text) for text in sys.argv[1:3]] or [CUSTOMERS, FACTS]
        show("The engine", run(sizes[0], sizes[1], folder))
