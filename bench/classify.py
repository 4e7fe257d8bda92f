"""Full classification of a large population: the demo's schemes and segments, everybody, from the lake.

    python -m bench.classify [customers] [facts] [folder]

With a folder the generated data is kept there, and used again by the next run. Facts are generated (seeded) straight
into the lake, as the product writes it, and clustered as its night job does. The bare limit is the best hand-written
DuckDB SQL found for the same answers over the same files, in the same run and process; the answers are compared.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.table import Row, show

CUSTOMERS, FACTS = 1_000_000, 20_000_000
CHUNK = 1_000_000
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
# One in two facts is an order; the rest are views, registrations and redeemed coupons. Some customers buy far more.
GENERATED = """
SELECT n AS id, name, 1 + CAST(floor(pow(u, 2) * {customers}) AS BIGINT) AS customer_id,
    TIMESTAMPTZ '{now}' - to_seconds(CAST(pow(v, 1.5) * 31536000 AS BIGINT)) AS occurred_at,
    TIMESTAMPTZ '{now}' AS received_at, CAST(1 AS INTEGER) AS source_id,
    CASE WHEN name = 'order_paid' THEN format('{{{{"amount": {{:.2f}}, "category": "{{}}"}}}}', amount, category)
        ELSE '{{}}' END AS properties,
    CASE WHEN name = 'order_paid' THEN CAST(amount AS DECIMAL(18, 4)) END AS "number:amount",
    CASE WHEN name = 'order_paid' THEN category END AS "text:category",
    CASE WHEN name = 'order_paid' THEN '店' || CAST(w * 20 AS INTEGER) END AS "text:store"
FROM (
    SELECT n, u, v, w, round(5 + w * w * 200, 2) AS amount,
        ['牛肉', '鸡肉', '苹果', '莓果', '日化', '酒水', '零食', '乳品'][1 + CAST(floor(x * 8) AS INTEGER)] AS category,
        CASE WHEN y < 0.5 THEN 'order_paid' WHEN y < 0.9 THEN 'product_viewed'
            WHEN y < 0.95 THEN 'coupon_redeemed' ELSE 'customer_registered' END AS name
    FROM (
        SELECT n, hash(n * 5 + 1) / 18446744073709551616.0 AS u, hash(n * 5 + 2) / 18446744073709551616.0 AS v,
            hash(n * 5 + 3) / 18446744073709551616.0 AS w, hash(n * 5 + 4) / 18446744073709551616.0 AS x,
            hash(n * 5 + 5) / 18446744073709551616.0 AS y
        FROM range({first}, {last}) t(n)
    )
)
"""
BARE = """
WITH orders AS (
    SELECT customer_id, max(occurred_at) AS last, count(*) AS ever,
        count(*) FILTER (occurred_at > $d365) AS n365, count(*) FILTER (occurred_at > $d180) AS n180,
        count(*) FILTER (occurred_at > $d90) AS n90,
        count(*) FILTER (occurred_at > $d90 AND "text:category" IN ({fresh})) AS fresh90,
        sum("number:amount") FILTER (occurred_at > $d365) AS m365,
        sum("number:amount") FILTER (occurred_at > $d180) AS m180,
        count("number:amount") FILTER (occurred_at > $d180) AS a180
    FROM read_parquet([{orders}]) WHERE occurred_at <= $now GROUP BY customer_id
), coupons AS (
    SELECT customer_id, count(*) AS n FROM read_parquet([{coupons}])
    WHERE occurred_at > $d365 AND occurred_at <= $now GROUP BY customer_id
), registered AS (
    SELECT customer_id, max(occurred_at) AS last FROM read_parquet([{registered}])
    WHERE occurred_at <= $now GROUP BY customer_id
), scored AS (
    SELECT customers.id, orders.*, coupons.n AS coupons, registered.last AS registered_at,
        5 - ((orders.last < $r0)::INT + (orders.last < $r1)::INT + (orders.last < $r2)::INT
            + (orders.last < $r3)::INT) AS r,
        1 + ((n365 > {f[0]})::INT + (n365 > {f[1]})::INT + (n365 > {f[2]})::INT + (n365 > {f[3]})::INT) AS f,
        1 + ((coalesce(m365, 0) > {m[0]})::INT + (coalesce(m365, 0) > {m[1]})::INT + (coalesce(m365, 0) > {m[2]})::INT
            + (coalesce(m365, 0) > {m[3]})::INT) AS m
    FROM customers LEFT JOIN orders ON orders.customer_id = customers.id
    LEFT JOIN coupons ON coupons.customer_id = customers.id
    LEFT JOIN registered ON registered.customer_id = customers.id
)
SELECT id,
    CASE WHEN r >= 3 AND f >= 4 AND m >= 4 THEN 'high'
        WHEN (r >= 2 AND m >= 3) OR (r >= 3 AND f >= 3) THEN 'medium' ELSE 'low' END AS "c:value",
    CASE WHEN ever IS NULL THEN 'potential' WHEN scored.last >= $d60 AND ever < 2 THEN 'first_purchase'
        WHEN scored.last >= $d60 AND n90 < 15 THEN 'repeat' WHEN scored.last >= $d60 THEN 'loyal'
        WHEN scored.last >= $d150 THEN 'dormant' ELSE 'lost' END AS "c:lifecycle",
    coalesce(n365 >= 12 AND scored.last < $d30 AND scored.last >= $d60, false) AS "v:segment:at-risk",
    coalesce(coalesce(m365, 0) >= {top} AND ever > 0, false) AS "v:segment:top-spenders",
    coalesce(fresh90 >= 3, false) AS "v:segment:fresh-lovers",
    coalesce(m180::DOUBLE / nullif(a180, 0) >= 60 AND n180 >= 3, false) AS "v:segment:big-baskets",
    coalesce(coupons >= 3, false) AS "v:segment:coupon-lovers",
    coalesce(registered_at <= $d7, false) AND ever IS NULL AS "v:segment:registered-silent"
FROM scored
"""


def run(customers: int = CUSTOMERS, facts: int = FACTS, folder: Path | None = None) -> list[Row]:
    """Measure in a process and a data folder of their own."""
    with tempfile.TemporaryDirectory(prefix="zhiji-bench-") as passing:
        home = folder or Path(passing)
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
        env = {**os.environ, "ZHIJI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
        env.pop("ZHIJI_DATABASE_URL", None)
        command = [sys.executable, "-m", "bench.classify", "--inside", str(customers), str(facts)]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return [Row(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def inside(customers: int, facts: int) -> list[dict[str, Any]]:
    from zhiji.ops import postgres

    home = Path(os.environ["ZHIJI_HOME"])
    os.environ["ZHIJI_DATABASE_URL"] = postgres.start(home, fsync="off", synchronous_commit="off") + "&pool=0"
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        kept = home / "generated.json"
        if not kept.exists():
            kept.write_text(json.dumps(_generate(customers, facts)))
        return _measure(customers, facts, json.loads(kept.read_text()))
    finally:
        postgres.stop(home)


def _generate(customers: int, facts: int) -> float:
    """Customers into PostgreSQL, facts into the lake, clustered. Returns the seconds it took."""
    from django.db import connection

    from zhiji.kernel import engine, lake

    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO resolve_customer (id, root_id) SELECT n, n FROM generate_series(1, %s) n", [customers]
        )
    for first in range(1, facts + 1, CHUNK):
        query = GENERATED.format(
            customers=customers, now=NOW.isoformat(), first=first, last=min(first + CHUNK, facts + 1)
        )
        rows = engine.connection().sql(f"SELECT * FROM ({query}) ORDER BY id").to_arrow_table()
        lake.write(rows, lake.table())
        print(f"generated {min(first + CHUNK - 1, facts):,}", file=sys.stderr)
    lake.tidy(NOW)
    return time.perf_counter() - began


def _measure(customers: int, facts: int, generated: float) -> list[dict[str, Any]]:
    from zhiji.flow.segment import actions, cutpoints
    from zhiji.flow.segment.engine.slices import everyone, run
    from zhiji.flow.segment.world import definitions
    from zhiji.ops.demo.classes import SCHEMES, SEGMENTS

    if not definitions().schemes:
        for scheme in SCHEMES:
            actions.create_scheme(by=None, **scheme)
        for segment in SEGMENTS:
            actions.create_segment(by=None, **segment)
    began = time.perf_counter()
    points, population = cutpoints.compute(cutpoints.ranks_of(definitions()), NOW)
    cutting = time.perf_counter() - began
    cutpoints.publish(points, population, NOW)
    known = definitions()
    trees = {f"segment:{key}": one.node for key, one in known.segments.items()}
    statement = known.statement(trees, tuple(known.schemes))
    ours, answer = _best(lambda: run(statement, everyone(statement.needs, NOW), NOW))
    single = known.statement({"segment:at-risk": trees["segment:at-risk"]})
    count, _ = _best(lambda: run(single, everyone(single.needs, NOW), NOW))
    bare, expected = _best(lambda: _bare(known.cuts))
    columns = ["id", *(name for name in answer.column_names if name[:2] in ("v:", "c:"))]
    same = answer.select(columns).sort_by("id").equals(expected.select(columns).sort_by("id"))
    if not same:
        raise SystemExit("the hand-written SQL and the engine disagree")
    built = _build()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    limit = {"limit_is": "hand-written SQL, same answers", "limit": bare}
    return [
        {"what": f"{customers:,} × {facts:,}: 2 schemes, 6 segments", "value": ours, "unit": "s", **limit},
        {"what": "the same, written with measures and log", "value": built, "unit": "s"},
        {"what": "one segment's exact count", "value": count, "unit": "s"},
        {"what": "cut points of the population", "value": cutting, "unit": "s"},
        {"what": "peak memory of the process", "value": peak, "unit": "GiB", "bar": "≤ 8"},
        {"what": "generated and clustered in", "value": generated, "unit": "s"},
    ]


def _build() -> float:
    """The whole build as the product does it the first time, in a transaction that is then taken back. Seconds."""
    from django.db import transaction

    from zhiji.flow.segment import actions

    began = time.perf_counter()
    with transaction.atomic():
        actions.build(NOW, fire=False)
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return took


def _best(act: Any, rounds: int = 3) -> tuple[float, Any]:
    """The best of a few rounds in seconds, and the answer."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = act()
        times.append(time.perf_counter() - began)
    return min(times), answer


def _bare(cuts: Any) -> Any:
    """The hand-written statement, customers read from PostgreSQL likewise."""
    import pyarrow as pa
    from django.db import connection

    from zhiji.kernel import engine, lake
    from zhiji.ops.demo.classes import FRESH

    snapshot = lake.snapshot()
    with connection.cursor() as cursor:
        customers = engine.rows(
            cursor, "SELECT id FROM resolve_customer WHERE id = root_id", pa.schema([("id", pa.int64())])
        )
    files = {
        name: ", ".join(f"'{file}'" for file in snapshot.files(fact))
        for name, fact in (
            ("orders", "order_paid"),
            ("coupons", "coupon_redeemed"),
            ("registered", "customer_registered"),
        )
    }
    query = BARE.format(
        **files,
        fresh=", ".join(f"'{one}'" for one in FRESH),
        f=cuts["frequency"],
        m=[f"{one:.4f}::DECIMAL(18, 4)" for one in cuts["monetary"]],
        top=f"{cuts['top 0.1 amount_365d'][0]:.4f}::DECIMAL(18, 4)",
    )
    moments = {f"d{days}": NOW - timedelta(days=days) for days in (7, 30, 60, 90, 150, 180, 365)}
    moments |= {f"r{at}": NOW - timedelta(minutes=round(days * 1440)) for at, days in enumerate(cuts["recency"])}
    here = engine.connection()
    here.register("customers", customers)
    try:
        return here.sql(query, params={"now": NOW, **moments}).to_arrow_table()
    finally:
        here.unregister("customers")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        print(json.dumps(inside(*map(int, sys.argv[2:4]))))
    else:
        folder = Path(sys.argv[3]).absolute() if len(sys.argv) > 3 else None
        sizes = [int(text) for text in sys.argv[1:3]] or [CUSTOMERS, FACTS]
        show("Full classification", run(sizes[0], sizes[1], folder))
