"""A million customers through the real server: lists, deep pages, records, search; each beside its bare limit.

    python -m bench.customers [count [folder]]

A folder given is kept, so that the next run finds the customers loaded.

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
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.ingest import Server
from bench.table import Row, show

COUNT = 1_000_000
ROUNDS = 100
BARE = "SQL + empty view"
HANZI = ("王芳", "李伟", "张", "娜娜", "刘洋", "欧阳", "静", "陈雪")
PINYIN = ("wangfang", "liwei", "zhang", "nana", "liuy", "wf", "lw", "chenx")
NARROWED: dict[str, dict[str, Any]] = {
    "one region": {"region": "浙江"},
    "one class": {"class": "value:high"},
    "one tag": {"tag": "标签3"},
    "big spenders seen lately": {"amount_365d_min": 5000, "last_seen_in": 400},
    "one custom field": {"field[会员等级]": "金卡"},
    "one custom field, a value of one in a hundred": {"field[会员等级]": "黑卡"},
}
FIRST = """
    SELECT customer_id, name, gender, birthday, birthday_calendar, region, city, owner_id, priority, attributes,
        registered_at, first_seen_at, last_seen_at
    FROM profile_sight s JOIN profile_portrait p USING (customer_id)
    WHERE NOT p.merged ORDER BY s.at DESC NULLS LAST, s.customer_id DESC LIMIT 51
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


class Course:
    """The same rounds for every row, each with its bare limit from the same database in the same run."""

    def __init__(self, visitor: Visitor, database: psycopg.Connection[Any], ids: list[int]) -> None:
        self.visitor, self.database = visitor, database
        self.chance = random.Random(1)
        self.picked = self.chance.sample(ids, 200)
        self.empty = p50(took(lambda n: visitor.get("/healthz")))

    def sql(self, statement: str, *values: Sequence[Any]) -> float:
        """The emptiest view and hand-written SQL, as Django runs it (prepared by psycopg after a few rounds)."""

        def ask(number: int) -> None:
            given = [some[number % len(some)] for some in values]
            self.database.execute(statement, given, prepare=True).fetchall()

        return self.empty + p50(took(ask))

    def api(self, **query: Any) -> list[float]:
        return took(lambda n: self.visitor.get("/api/customers", **query))

    def lists(self) -> list[Row]:
        deep = self.visitor.deep("/api/customers", 100)
        spent = self.visitor.deep("/api/customers", 50, sort="amount_365d")
        bare, first = self.sql(FIRST), p50(self.api())
        page = took(lambda n: self.visitor.get("/customers/"))
        return [
            Row("list by API, p50", first, "ms", "≤ 10", BARE, bare),
            Row("… 20,000 rows deep, p50", p50(self.api(cursor=deep)), "ms", "as the first", "first page", first),
            Row("… by amount, p50", p50(self.api(sort="amount_365d")), "ms"),
            Row("… by amount, 10,000 rows deep, p50", p50(self.api(sort="amount_365d", cursor=spent)), "ms"),
            *(Row(f"… {what}, p50", p50(self.api(**query)), "ms", "≤ 30") for what, query in NARROWED.items()),
            Row("list as a page, p50", p50(page), "ms"),
            Row("list as a page, p95", p95(page), "ms", "≤ 60", BARE, bare),
            Row("count under the list, p50", p50(took(lambda n: self.visitor.get("/customers/count/"))), "ms"),
        ]

    def records(self) -> list[Row]:
        bare = self.sql(ONE, self.picked)
        api = took(lambda n: self.visitor.get(f"/api/customers/{self.picked[n]}"))
        page = took(lambda n: self.visitor.get(f"/customers/{self.picked[n]}/"))
        return [
            Row("record by API, p50", p50(api), "ms", "≤ 4", BARE, bare),
            Row("record as a page, p50", p50(page), "ms", "", BARE, bare),
            Row("record as a page, p95", p95(page), "ms", "≤ 100", BARE, bare),
            *self.busiest(),
        ]

    def busiest(self) -> list[Row]:
        """The page and the explanation of whom most is known of."""
        statement = "SELECT customer_id, count(*) FROM kernel_fact GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        ((customer, count),) = self.database.execute(statement).fetchall()
        page = took(lambda n: self.visitor.get(f"/customers/{customer}/"))
        why = took(lambda n: self.visitor.get(f"/explain/{customer}/"), 30)
        return [
            Row(f"record of {count:,} facts, p95", p95(page), "ms", "≤ 100"),
            Row(f"explanation of {count:,} facts, p95", p95(why), "ms", "≤ 100"),
        ]

    def searches(self) -> list[Row]:
        tails = [f"{self.chance.randrange(10**4):04d}" for _ in range(50)]
        bare = self.sql(FOUND, HANZI, [one[:-1] + chr(ord(one[-1]) + 1) for one in HANZI])
        texts = {"name": HANZI, "拼音 and initials": PINYIN, "phone tail": tails}
        return [
            Row(f"search by {what}, p50", self.found(some), "ms", "≤ 10", BARE, bare) for what, some in texts.items()
        ]

    def found(self, texts: Sequence[str]) -> float:
        return p50(took(lambda n: self.visitor.get("/api/customers/search", q=texts[n % len(texts)])))


def crowd(server: Server, count: int) -> dict[str, Any]:
    """What signs in to this server; loads `count` customers first where the folder hasn't them yet."""
    done = server.home / "crowd.json"
    if not done.exists():
        environ = {**os.environ, "ZHIJI_HOME": str(server.home), "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
        environ.pop("ZHIJI_DATABASE_URL", None)
        arguments = [sys.executable, "-m", "bench.crowd", str(count)]
        done.write_bytes(subprocess.run(arguments, env=environ, check=True, stdout=subprocess.PIPE).stdout)
        with psycopg.connect(server.address, autocommit=True) as database:
            database.execute("VACUUM ANALYZE")
    loaded: dict[str, Any] = json.loads(done.read_bytes())
    return loaded


def run(count: int = COUNT, kept: Path | None = None) -> list[Row]:
    """Load `count` customers into a server of their own and measure."""
    with Server(kept) as server:
        loaded = crowd(server, count)
        visitor = Visitor(server.port, loaded["session"], loaded["token"])
        with psycopg.connect(server.address, autocommit=True) as database:
            rows = database.execute("SELECT id FROM resolve_customer TABLESAMPLE system (1) LIMIT 5000").fetchall()
            ids = [one for (one,) in rows] or [one for (one,) in database.execute("SELECT id FROM resolve_customer")]
            course = Course(visitor, database, ids)
            return [
                Row(f"loading {count:,} customers", count / loaded["seconds"], "customers/s"),
                Row("the emptiest view, p50", course.empty, "ms"),
                *course.lists(),
                *course.records(),
                *course.searches(),
            ]


if __name__ == "__main__":
    amount = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    folder = Path(sys.argv[2]).absolute() if len(sys.argv) > 2 else None
    show(f"{amount:,} customers through the real server", run(amount, folder))
