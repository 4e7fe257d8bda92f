"""A shop's customers and what they did in a year: the same every time, in the log, in the lake and in portraits.

Facts lie in the order in which they happened, as a log that grew. A quarter of the customers does half of it. What
they do: 35 % open a page, 25 % see a product, 12 % fill the cart, 15 % buy, 5 % open a letter, 3 % redeem a coupon,
1 % return something, 4 % register (more than once, as with several devices).
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CHUNK = 1_000_000
YEAR = 365 * 86_400
CATEGORIES = ("牛肉", "鸡肉", "苹果", "莓果", "日化", "酒水", "零食", "乳品")
PROVINCES = ("浙江", "上海", "江苏", "广东", "北京", "四川", "湖北", "福建", "山东", "河南")
TAGS = tuple(f"标签{n}" for n in range(1, 21))
FACTS = """
SELECT n AS id, name, customer_id, occurred_at, occurred_at AS received_at, CAST(1 AS INTEGER) AS source_id,
    CASE name
        WHEN 'order_paid' THEN format('{{{{"amount": {{:.2f}}, "category": "{{}}", "store": "店{{}}"}}}}',
            amount, category, store)
        WHEN 'order_refunded' THEN format('{{{{"amount": {{:.2f}}}}}}', amount)
        WHEN 'page_viewed' THEN format('{{{{"name": "页{{}}", "path": "/p/{{}}"}}}}', store, store)
        WHEN 'coupon_redeemed' THEN format('{{{{"offer": "券{{}}", "value": {{:.2f}}}}}}', store % 5, 5.0)
        WHEN 'message_opened' THEN format('{{{{"template": "信{{}}"}}}}', store % 6)
        WHEN 'customer_registered' THEN '{{"method": "web"}}'
        ELSE format('{{{{"product_id": "P{{}}", "category": "{{}}", "price": {{:.2f}}}}}}', product, category, price)
    END AS properties,
    CASE WHEN name IN ('order_paid', 'order_refunded') THEN CAST(amount AS DECIMAL(18, 4)) END AS "number:amount",
    CASE WHEN name IN ('order_paid', 'product_viewed', 'cart_added') THEN category END AS "text:category",
    CASE WHEN name = 'order_paid' THEN '店' || store END AS "text:store",
    CASE WHEN name = 'page_viewed' THEN '页' || store END AS "text:name",
    CASE WHEN name = 'coupon_redeemed' THEN '券' || store % 5 END AS "text:offer",
    CASE WHEN name = 'coupon_redeemed' THEN CAST(5 AS DECIMAL(18, 4)) END AS "number:value",
    CASE WHEN name = 'message_opened' THEN '信' || store % 6 END AS "text:template",
    CASE WHEN name = 'customer_registered' THEN 'web' END AS "text:method",
    CASE WHEN name IN ('product_viewed', 'cart_added') THEN 'P' || product END AS "text:product_id",
    CASE WHEN name IN ('product_viewed', 'cart_added') THEN CAST(price AS DECIMAL(18, 4)) END AS "number:price"
FROM (
    SELECT n, 1 + CAST(floor(pow(u, 2) * {customers}) AS BIGINT) AS customer_id,
        TIMESTAMPTZ '{now}' - to_microseconds(CAST(pow(1 - (n - v) / {facts}, 1.3) * {year} * 1000000 AS BIGINT))
            AS occurred_at,
        round(5 + w * w * 200, 2) AS amount, round(2 + w * 90, 2) AS price, CAST(floor(x * 20) AS INTEGER) AS store,
        CAST(floor(v * 4000) AS INTEGER) AS product, [{categories}][1 + CAST(floor(x * 8) AS INTEGER)] AS category,
        CASE WHEN y < 0.35 THEN 'page_viewed' WHEN y < 0.60 THEN 'product_viewed' WHEN y < 0.72 THEN 'cart_added'
            WHEN y < 0.87 THEN 'order_paid' WHEN y < 0.92 THEN 'message_opened' WHEN y < 0.95 THEN 'coupon_redeemed'
            WHEN y < 0.96 THEN 'order_refunded' ELSE 'customer_registered' END AS name
    FROM (
        SELECT n, hash(n * 5 + 1) / 18446744073709551616.0 AS u, hash(n * 5 + 2) / 18446744073709551616.0 AS v,
            hash(n * 5 + 3) / 18446744073709551616.0 AS w, hash(n * 5 + 4) / 18446744073709551616.0 AS x,
            hash(n * 5 + 5) / 18446744073709551616.0 AS y
        FROM range({first}, {last}) t(n)
    )
)
"""
# Portraits as CSV of numbers drawn from the id: (id * prime) % span is as good as chance here, and the same always.
PEOPLE = """
INSERT INTO resolve_customer (id, root_id) SELECT n, n FROM generate_series(1, {customers}) AS n;
SELECT setval(pg_get_serial_sequence('resolve_customer', 'id'), {customers});
INSERT INTO resolve_identity (key, customer_id) SELECT 'user:' || n, n FROM generate_series(1, {customers}) AS n;
INSERT INTO profile_portrait (customer_id, name, name_key, gender, birthday, region, city, priority, attributes,
    registered_at, first_seen_at, last_seen_at, stamps)
SELECT n, '客户' || n, 'ke hu ' || n, (ARRAY['female', 'male', ''])[1 + n * 7919 % 3],
    DATE '1950-01-01' + (n * 104729 % 20000)::int, (ARRAY[{provinces}])[1 + n * 6151 % {count}],
    (ARRAY['杭州', '上海', '南京', '广州'])[1 + n * 3571 % 4], n * 2741 % 4,
    jsonb_build_object('level', (ARRAY['金', '银', '铜'])[1 + n * 1613 % 3], 'points', n * 15485863 % 5000),
    at, at, '{now}'::timestamptz, '{{}}'
FROM (SELECT n, '{now}'::timestamptz - make_interval(secs => n * 32452843 % {year}) AS at
    FROM generate_series(1, {customers}::bigint) AS n) AS people;
INSERT INTO profile_tag (name, key) SELECT one, one FROM unnest(ARRAY[{tags}]) AS one ON CONFLICT DO NOTHING;
INSERT INTO profile_tagging (customer_id, tag_id, by)
SELECT n, t.id, 'bench' FROM generate_series(1, {customers}, 3) AS n
JOIN profile_tag AS t ON t.name = (ARRAY[{tags}])[1 + (n * 7) % 20];
"""
LOGGED = ("message_key", "name", "customer_id", "occurred_at", "received_at", "source_id", "properties")


def opened(home: Path) -> None:
    """Start Django on the data folder's database; kept data of other tables is carried over to today's."""
    import django

    django.setup()
    from django.core.management import call_command

    kept = home / "generated.json"
    told = json.loads(kept.read_text()) if kept.exists() else {}
    if told and told["tables"] != version():
        _carry_over(lambda: call_command("migrate", verbosity=0))
        kept.write_text(json.dumps({**told, "tables": version()}))
    call_command("migrate", verbosity=0)


def _carry_over(migrate: Any) -> None:
    """Make all tables anew and put the kept rows into them; the log itself moves, with its indexes."""
    from django.db import connection

    kept = ("resolve_customer", "resolve_identity", "profile_portrait", "profile_tag", "profile_tagging")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA kept")
        for table in ("kernel_fact", *kept):
            cursor.execute(f"ALTER TABLE {table} SET SCHEMA kept")
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    migrate()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kernel_fact; ALTER TABLE kept.kernel_fact SET SCHEMA public")
        for table in kept:
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns c WHERE"
                " table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' AND EXISTS (SELECT FROM"
                " information_schema.columns k WHERE k.table_schema = 'kept' AND k.table_name = c.table_name"
                " AND k.column_name = c.column_name)",
                [table],
            )
            (columns,) = cursor.fetchone()
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept.{table}")
        for table in ("resolve_customer", "profile_tag", "profile_tagging"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("DROP SCHEMA kept CASCADE")
        cursor.execute("VACUUM ANALYZE")
    _followed()


def _followed() -> None:
    """Nobody need look at the facts that were put there: a build asks about everyone."""
    from zhiji.kernel import pipeline
    from zhiji.kernel.models import Fact

    pipeline.follow_from(Fact.objects.order_by("-id").values_list("id", flat=True)[0])


def made(home: Path, customers: int, facts: int) -> dict[str, Any]:
    """What `home` holds, made when it is empty: {now, seconds, customers, facts}."""
    kept = home / "generated.json"
    if not kept.exists():
        now = datetime.now(UTC).replace(microsecond=0)
        began = time.perf_counter()
        _people(customers, now)
        _facts(customers, facts, now)
        _followed()
        told = {"now": now.isoformat(), "customers": customers, "facts": facts, "seconds": time.perf_counter() - began}
        kept.write_text(json.dumps({**told, "tables": version()}))
    return dict(json.loads(kept.read_text()))


def version() -> str:
    """A digest of the migrations: kept tables of another are carried over."""
    import zhiji

    found = sorted(Path(zhiji.__file__).parent.rglob("migrations/*.py"))
    return hashlib.sha256(b"".join(one.read_bytes() for one in found)).hexdigest()


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in words)


def _people(customers: int, now: datetime) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            PEOPLE.format(
                customers=customers,
                now=now.isoformat(),
                provinces=_quoted(PROVINCES),
                count=len(PROVINCES),
                tags=_quoted(TAGS),
                year=YEAR,
            )
        )
    print(f"generated {customers:,} customers", file=sys.stderr)


def _chunks(customers: int, facts: int, now: datetime) -> Iterator[Any]:
    from zhiji.kernel import engine

    for first in range(1, facts + 1, CHUNK):
        query = FACTS.format(
            customers=customers,
            facts=float(facts),
            now=now.isoformat(),
            year=YEAR,
            categories=_quoted(CATEGORIES),
            first=first,
            last=min(first + CHUNK, facts + 1),
        )
        yield engine.connection().sql(f"SELECT * FROM ({query}) ORDER BY id").to_arrow_table()
        print(f"generated {min(first + CHUNK - 1, facts):,} facts", file=sys.stderr)


def _facts(customers: int, facts: int, now: datetime) -> None:
    """Into the lake, clustered as its night job does, and into PostgreSQL's log, with indexes made at the end."""
    from django.db import connection
    from pyarrow import csv

    from zhiji.kernel import engine, lake, lake_tidying

    with connection.cursor() as cursor:
        later = _without_indexes(cursor)
        for rows in _chunks(customers, facts, now):
            lake.write(rows, lake.table())
            here = engine.connection()
            here.register("made", rows)
            text = here.sql(
                f"SELECT id, uuid()::VARCHAR AS {', '.join(LOGGED[:1])}, {', '.join(LOGGED[1:])} FROM made"
            ).to_arrow_table()
            here.unregister("made")
            with cursor.copy(f"COPY kernel_fact (id, {', '.join(LOGGED)}) FROM STDIN (FORMAT csv)") as copy:
                for part in text.to_batches(max_chunksize=100_000):
                    copy.write(_csv(csv, part))
        for statement in later:
            cursor.execute(statement)
        cursor.execute("SELECT setval(pg_get_serial_sequence('kernel_fact', 'id'), %s)", [facts])
        cursor.execute("VACUUM (ANALYZE) kernel_fact")
        cursor.execute("ANALYZE")
    lake_tidying.tidy(now)


def _csv(csv: Any, part: Any) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    csv.write_csv(part, sink, csv.WriteOptions(include_header=False))
    return bytes(sink.getvalue().to_pybytes())


def _without_indexes(cursor: Any) -> list[str]:
    """Take the log's indexes away. Returns the statements that make them again."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname, pg_get_constraintdef(c.oid)"
        " FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid"
        " WHERE i.indrelid = 'kernel_fact'::regclass"
    )
    again = []
    for index, made, constraint, described in cursor.fetchall():
        if constraint:
            cursor.execute(f'ALTER TABLE kernel_fact DROP CONSTRAINT "{constraint}"')
            again.append(f'ALTER TABLE kernel_fact ADD CONSTRAINT "{constraint}" {described}')
        else:
            cursor.execute(f"DROP INDEX {index}")
            again.append(made)
    return again
