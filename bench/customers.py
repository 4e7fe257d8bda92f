"""A million customers through the real server: lists, deep pages, records, search; each beside its bare limit.

    python -m bench.customers [count]

The bare limit is hand-written SQL for the same rows over one psycopg connection, plus the server's emptiest page.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import psycopg

from bench.ingest import Server
from bench.table import Row, show

COUNT = 1_000_000
ROUNDS = 60
FIRST = """
    SELECT customer_id, name, gender, birthday, birthday_calendar, region, city, owner_id, priority, attributes,
        registered_at, first_seen_at, last_seen_at
    FROM profile_portrait WHERE NOT merged ORDER BY last_seen_at DESC NULLS LAST, customer_id DESC LIMIT 51
"""
ONE = """
    SELECT p.*, m.*, (SELECT jsonb_agg(kind || masked) FROM profile_contactpoint c WHERE c.customer_id = p.customer_id),
        (SELECT jsonb_agg(key) FROM resolve_identity i WHERE i.customer_id = p.customer_id)
    FROM profile_portrait p JOIN profile_measures m USING (customer_id) WHERE p.customer_id = %s
"""
FOUND = """
    SELECT p.* FROM profile_searchkey k JOIN profile_portrait p USING (customer_id)
    WHERE k.key >= %s AND k.key < %s AND NOT p.merged ORDER BY k.key LIMIT 20
"""


def took(act: Callable[[int], Any], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each round, after a few to warm up."""
    for number in range(5):
        act(number)
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        act(number)
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def p50(times: Sequence[float]) -> float:
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    return times[int(len(times) * 0.95)]


class Visitor:
    """A browser and an API client of the running server."""

    def __init__(self, port: int, session: str, token: str) -> None:
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            cookies={"sessionid": session},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    def get(self, address: str, **query: Any) -> httpx.Response:
        answer = self.client.get(address, params=query or None)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}: {answer.text[:300]}")
        return answer

    def deep(self, address: str, pages: int, **query: Any) -> str:
        """The cursor after so many pages."""
        cursor = ""
        for _ in range(pages):
            cursor = self.get(address, **query, cursor=cursor, size=200).json()["next"]
        return cursor


def measure(visitor: Visitor, database: psycopg.Connection[Any], ids: list[int]) -> list[Row]:
    chance = random.Random(1)
    empty = p50(took(lambda n: visitor.get("/healthz")))

    def sql(statement: str, *parameters: Callable[[int], Any]) -> float:
        return empty + p50(
            took(lambda n: database.execute(statement, [one(n) for one in parameters], prepare=True).fetchall())
        )

    def some(values: Sequence[Any]) -> Callable[[int], Any]:
        return lambda n: values[n % len(values)]

    deep = visitor.deep("/api/customers", 100)
    spent = visitor.deep("/api/customers", 50, sort="amount_365d")
    picked = chance.sample(ids, 200)
    hanzi = ["王芳", "李伟", "张", "娜娜", "刘洋", "欧阳", "静", "陈雪"]
    pinyin = ["wangfang", "liwei", "zhang", "nana", "liuy", "wf", "lw", "chenx"]
    tails = [f"{chance.randrange(10**4):04d}" for _ in range(50)]
    first = took(lambda n: visitor.get("/api/customers"))
    later = took(lambda n: visitor.get("/api/customers", cursor=deep))
    page = took(lambda n: visitor.get("/customers/"))
    bare_list, bare_one = sql(FIRST), sql(ONE, some(picked))
    bare_search = sql(FOUND, some(hanzi), lambda n: hanzi[n % 8][:-1] + chr(ord(hanzi[n % 8][-1]) + 1))

    def row(what: str, value: float, bar: str = "", limit: float | None = None) -> Row:
        return Row(what, value, "ms", bar, "SQL + empty view" if limit else "", limit)

    def listed(**query: Any) -> list[float]:
        return took(lambda n: visitor.get("/api/customers", **query), 20)

    def found(texts: list[str]) -> float:
        return p50(took(lambda n: visitor.get("/api/customers/search", q=texts[n % len(texts)])))

    return [
        row("the emptiest view, p50", empty),
        row("list by API, p50", p50(first), "≤ 10", bare_list),
        Row("list by API, 20,000 rows deep, p50", p50(later), "ms", "as the first", "the first page", p50(first)),
        row("list by API, by amount, p50", p50(listed(sort="amount_365d"))),
        row("list by API, by amount, 10,000 rows deep, p50", p50(listed(sort="amount_365d", cursor=spent))),
        row("list by API, one region, p50", p50(listed(region="浙江"))),
        row("list by API, one class, p50", p50(listed(**{"class": "value:high"}))),
        row("list by API, one tag, p50", p50(listed(tag="标签3"))),
        row("list by API, big spenders seen lately, p50", p50(listed(amount_365d_min=5000, last_seen_in=400))),
        row("list as a page, p50", p50(page)),
        row("list as a page, p95", p95(page), "≤ 60", bare_list),
        row("count under the list, p50", p50(took(lambda n: visitor.get("/customers/count/")))),
        row(
            "record by API, p50", p50(took(lambda n: visitor.get(f"/api/customers/{some(picked)(n)}"))), "≤ 4", bare_one
        ),
        row("record as a page, p50", p50(took(lambda n: visitor.get(f"/customers/{some(picked)(n)}/")))),
        row("search by name, p50", found(hanzi), "≤ 10", bare_search),
        row("search by 拼音 and initials, p50", found(pinyin), "≤ 10", bare_search),
        row("search by phone tail, p50", found(tails), "≤ 10", bare_search),
    ]


def run(count: int = COUNT) -> list[Row]:
    """Load `count` customers into a server of their own and measure."""
    with Server() as server:
        environ = {**os.environ, "ZHIJI_HOME": str(server.home), "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
        environ.pop("ZHIJI_DATABASE_URL", None)
        arguments = [sys.executable, "-m", "bench.crowd", str(count)]
        loaded = json.loads(subprocess.run(arguments, env=environ, check=True, stdout=subprocess.PIPE).stdout)
        visitor = Visitor(server.port, loaded["session"], loaded["token"])
        with psycopg.connect(server.address, autocommit=True) as database:
            database.execute("VACUUM ANALYZE")
            rows = database.execute("SELECT id FROM resolve_customer TABLESAMPLE system (1) LIMIT 5000").fetchall()
            ids = [one for (one,) in rows] or [one for (one,) in database.execute("SELECT id FROM resolve_customer")]
            load = Row(f"loading {count:,} customers", count / loaded["seconds"], "customers/s")
            return [load, *measure(visitor, database, ids)]


if __name__ == "__main__":
    amount = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    show(f"{amount:,} customers through the real server", run(amount))
