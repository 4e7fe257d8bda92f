"""From the inbox to the rules: how many facts a second, and how soon a fact shows as a class.

    python -m bench.pipeline [facts] [seconds]

The demo's schemes, segments, coupons, letters and eight rules are on, over generated customers. The drain runs in
this process; the latency is taken with the product's own web and worker processes, 1,000 facts a second coming in by
HTTP, from the answer (the commit) to the class in the database, looked for every few milliseconds. The bare limit
moves the same rows from the inbox to the log by one statement a batch, with no customers, portraits or rules.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.ingest import KEY, Server, request
from bench.table import Row, show
from zhiji.ops.commands.worker import SHARES

CUSTOMERS = 20_000
BATCH = 5_000
RATE = 1_000
MARKED = 20  # of these, a second, are first orders that are waited for
MOVE = """
    WITH taken AS (
        DELETE FROM kernel_accepted
        WHERE id = ANY (ARRAY(SELECT id FROM kernel_accepted ORDER BY id LIMIT %s)) RETURNING *
    )
    INSERT INTO kernel_fact (message_key, name, customer_id, occurred_at, received_at, source_id, properties)
    SELECT DISTINCT ON (message_key) message_key, name, 1, occurred_at, received_at, source_id, properties::jsonb
    FROM taken ORDER BY message_key
"""
SEEN = """
    SELECT identity.key FROM resolve_identity AS identity
    JOIN segment_classification AS now USING (customer_id)
    JOIN segment_schemeclass AS class ON class.id = now.scheme_class_id
    WHERE identity.key = ANY (%s) AND class.key = 'first_purchase'
"""


def facts(count: int, scope: str, visit: int = 1) -> list[Any]:
    """What a shop's customers do: of a hundred, 60 open a page, 25 see a product, 10 fill the cart, 5 buy.

    Each customer does `visit` things one after the other.
    """
    from zhiji.kernel.facts import NewFact

    chance = random.Random(scope)
    now = datetime.now(UTC)
    made = []
    for number in range(count):
        if number % visit == 0:
            who = chance.randrange(CUSTOMERS)
        name = chance.choices(("page_viewed", "product_viewed", "cart_added", "order_paid"), (60, 25, 10, 5))[0]
        properties: dict[str, Any] = {"category": chance.choice(("乳品", "咖啡", "粮油", "水果")), "price": 12.5}
        if name == "order_paid":
            amount = round(chance.lognormvariate(4, 0.7), 2)
            properties |= {"order_id": f"{scope}-{number}", "amount": amount, "items": 3, "store": "西湖店"}
        made.append(
            NewFact(
                name=name,
                occurred_at=now - timedelta(seconds=chance.randrange(3600)),
                scope=scope,
                key=str(number),
                properties=properties,
                identity=f"user:{who}",
            )
        )
    return made


def people() -> list[Any]:
    from zhiji.kernel.facts import NewFact

    then = datetime.now(UTC) - timedelta(days=30)
    return [
        NewFact(
            name="customer_identified",
            occurred_at=then,
            scope="people",
            key=str(number),
            properties={"traits": {"name": f"客户{number}", "region": "浙江", "consent": {"email": True}}},
            identity=f"user:{number}",
        )
        for number in range(CUSTOMERS)
    ]


def drain() -> float:
    """Run both halves of the pipeline side by side, as the worker does, until nothing waits. Seconds."""
    from django.db import connection

    from zhiji.kernel.pipeline import follow_once, tell_once

    def tell() -> None:
        while tell_once(BATCH):
            pass
        connection.close()

    began = time.perf_counter()
    telling = threading.Thread(target=tell)
    telling.start()
    while telling.is_alive() or follow_once():
        if not follow_once():
            time.sleep(0.01)
    return time.perf_counter() - began


def loaded() -> int:
    """Load what live definitions read of the facts into this process, as the worker does. Returns bytes."""
    from zhiji.flow.segment.engine.resident import resident
    from zhiji.kernel.pipeline import run_once

    run_once()
    while resident().refresh():
        pass
    return sum(one.nbytes for one in resident().facts.values())


def put(made: list[Any]) -> None:
    from django.db import transaction

    from zhiji.kernel.facts import record

    with transaction.atomic():
        record(made)


def prepare() -> None:
    """The demo's definitions over generated customers, rules on."""
    from zhiji.ops.demo import definitions

    definitions.house()
    put(people())
    drain()
    definitions.classes()
    definitions.rules()


def moved(address: str, count: int) -> float:
    """Facts a second by the bare statement."""
    began = time.perf_counter()
    with psycopg.connect(address, autocommit=True) as connection:
        while connection.execute(MOVE, [BATCH]).rowcount:
            pass
    return count / (time.perf_counter() - began)


def track(user: str, event: str, message: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event, "messageId": message, "properties": properties}


class Latency:
    """Sends at RATE and notes when each first order was acknowledged and when its class was seen."""

    def __init__(self, name: str, port: int, address: str, seconds: float) -> None:
        self.name, self.port, self.address, self.seconds = name, port, address, seconds
        self.acknowledged: dict[str, float] = {}
        self.seen: dict[str, float] = {}
        self.sent = 0

    async def run(self) -> list[float]:
        self.sending = True
        watching = asyncio.create_task(self.watch())
        began = time.perf_counter()
        ticks = int(self.seconds * MARKED)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for tick in range(ticks):
            await self.tick(reader, writer, tick)
            await asyncio.sleep(max(0.0, began + (tick + 1) / MARKED - time.perf_counter()))
        self.took = time.perf_counter() - began
        writer.close()
        self.sending = False
        await watching
        return [self.seen[user] - moment for user, moment in self.acknowledged.items() if user in self.seen]

    async def tick(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tick: int) -> None:
        user = f"{self.name}-{tick}"
        events = [
            track(f"{random.randrange(CUSTOMERS)}", "Product Viewed", f"{user}-{n}", product_id="1", price=9)
            for n in range(RATE // MARKED - 1)
        ]
        events.append(track(user, "Order Completed", f"{user}-order", order_id=user, total=20))
        writer.write(request("/v1/batch", json.dumps({"batch": events, "writeKey": KEY}).encode()))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(body.decode())
        self.acknowledged[f"user:{user}"] = time.perf_counter()
        self.sent += len(events)

    async def watch(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.address, autocommit=True) as connection:
            until = time.perf_counter() + self.seconds + 30
            while time.perf_counter() < until:
                waiting = [user for user in self.acknowledged if user not in self.seen]
                if not waiting and not self.sending:
                    return
                if waiting:
                    found = await (await connection.execute(SEEN, [waiting])).fetchall()
                    now = time.perf_counter()
                    self.seen.update({user: now for (user,) in found})
                await asyncio.sleep(0.005)


@contextmanager
def working(server: Server, ready: float = 8) -> Iterator[None]:
    """The product's own workers run; after `ready` seconds the pipeline's has in memory what it reads."""
    command = [str(Path(sys.executable).with_name("zhiji")), "worker"]
    env = {**os.environ, "ZHIJI_PORT": str(server.port), "ZHIJI_LOG_LEVEL": "ERROR"}
    workers = [subprocess.Popen([*command, *share], env=env) for share in SHARES.values()]
    try:
        time.sleep(ready)
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(60)
            except subprocess.TimeoutExpired:
                worker.kill()


def worked_off(made: list[Any]) -> float:
    """Facts a second through the workers that run, from the inbox to the rules."""
    from zhiji.kernel.waiting import waiting

    put(made)
    began = time.perf_counter()
    while waiting().longest:
        time.sleep(0.02)
    return len(made) / (time.perf_counter() - began)


def waited(server: Server, seconds: float, scope: str = "") -> tuple[Latency, list[float]]:
    """Facts come in while the workers run; seconds from each first order to its class, sorted.

    `scope` makes the customers others than those of an earlier run on the same data.
    """
    asyncio.run(Latency(f"warm{scope}", server.port, server.address, 3).run())
    latency = Latency(f"timed{scope}", server.port, server.address, seconds)
    return latency, sorted(asyncio.run(latency.run()))


def run(count: int = 100_000, seconds: float = 20.0) -> list[Row]:
    """Measure on this machine, as busy as it is."""
    with Server() as server:
        os.environ["ZHIJI_HOME"] = str(server.home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "zhiji.config.settings"
        os.environ.pop("ZHIJI_DATABASE_URL", None)
        import django

        django.setup()
        from django.db import connection

        prepare()
        put(facts(20_000, "warm"))
        drain()
        put(facts(count, "bench"))
        rate = count / drain()
        put(facts(count, "bare"))
        bare = moved(server.address, count)
        connection.close()
        with working(server):
            latency, took = waited(server, seconds)
    missing = len(latency.acknowledged) - len(took)
    return [
        Row("inbox to rules, the demo's rules on", rate, "facts/s", "≥ 10,000", "bare move to the log", bare),
        Row("facts a second while waiting for classes", latency.sent / latency.took, "facts/s", "1,000"),
        Row("fact to class, p50", statistics.median(took) * 1e3 if took else float("nan"), "ms"),
        Row("fact to class, p99", took[int(len(took) * 0.99)] * 1e3 if took else float("nan"), "ms", "< 1,000"),
        Row("first orders whose class never showed", missing, "", "0"),
    ]


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:]]
    show("Pipeline", run(*sizes))
