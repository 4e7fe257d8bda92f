"""How many facts a second the tracking protocol takes, client included, beside a bare COPY of the same rows.

    python -m bench.ingest [seconds]

Starts an embedded PostgreSQL and one web process in a temporary folder; no pipeline runs. The client is one
process of raw sockets with prebuilt bodies. Every answer counted came after its commit.
"""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

from bench.table import Row, show

KEY = "wk_bench"
BATCH = 100
CONNECTIONS = {"batch": 32, "single": 48}


def event(number: int) -> dict[str, object]:
    """What a shop's server sends when somebody looks at a product."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": f"user-{number % 100_000}",
        "anonymousId": f"0b1d7c1e-9f8f-4a51-a1c8-{number % 100_000:012d}",
        "messageId": f"node-next-1732230000000-2f9a1b7c-8d6e-4f5a-{number:012d}",
        "timestamp": f"2026-05-03T07:{number // 60_000 % 60:02}:{number // 1000 % 60:02}.{number % 1000:03}Z",
        "properties": {
            "product_id": f"SKU-{number % 5000}",
            "name": "Milk 1L",
            "category": "Dairy",
            "price": 12.5,
            "quantity": 1,
        },
        "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
        "integrations": {},
    }


def request(path: str, body: bytes) -> bytes:
    key = base64.b64encode(f"{KEY}:".encode()).decode()
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection that posts the next request when the last was answered."""

    def __init__(self, bodies: list[bytes], until: float, took: list[float]) -> None:
        self.bodies, self.until, self.took = bodies, until, took
        self.position = id(self) % len(bodies)
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.post()

    def post(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.bodies[self.position % len(self.bodies)])  # type: ignore[attr-defined]
        self.position += 1

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 200"):
            self.transport.close()
            self.closed.set_exception(RuntimeError(data[:300].decode(errors="replace")))
            return
        if not data.endswith(b"}"):
            return  # the rest of the answer is under way
        now = time.perf_counter()
        self.took.append(now - self.began)
        if now < self.until:
            self.post()
        else:
            self.transport.close()
            self.closed.set_result(None)


async def load(port: int, bodies: list[bytes], connections: int, seconds: float) -> tuple[float, list[float]]:
    """Post for `seconds`; how long it took in all, and each request's seconds."""
    took: list[float] = []
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(bodies, began + seconds, took), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.closed for _, protocol in made))
    return time.perf_counter() - began, took


def bare_copy(address: str, count: int) -> float:
    """Rows a second by one COPY per 5,000 of the rows that the protocol just wrote, client included."""
    columns = "message_key, occurred_at, received_at, source_id, name, identity, also, properties, sealed"
    with psycopg.connect(address, autocommit=True) as connection:
        with connection.cursor().copy(
            f"COPY (SELECT {columns} FROM kernel_accepted ORDER BY id DESC LIMIT 5000) TO STDOUT (FORMAT BINARY)"
        ) as copy:
            block = b"".join(bytes(part) for part in copy)
        rounds = max(1, count // 5000)
        began = time.perf_counter()
        for _ in range(rounds):
            with connection.cursor().copy(f"COPY kernel_accepted ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(block)
        return rounds * 5000 / (time.perf_counter() - began)


class Server:
    """An embedded database and a web process of their own, in a temporary folder or in one to keep."""

    def __init__(self, kept: Path | None = None) -> None:
        self.kept = kept is not None
        self.home = kept or Path(tempfile.mkdtemp(prefix="zhiji-bench-"))
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def __enter__(self) -> "Server":
        from zhiji.config import keys
        from zhiji.ops import postgres

        keys.master_key(self.home, "")
        self.address = postgres.start(self.home)
        environ = {**os.environ, "ZHIJI_HOME": str(self.home), "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
        environ.pop("ZHIJI_DATABASE_URL", None)
        subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=environ, check=True)
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO collect_source (key, name, write_key, enabled) VALUES ('bench', 'bench', %s, true)"
                " ON CONFLICT DO NOTHING",
                [KEY],
            )
        environ["ZHIJI_PORT"] = str(self.port)
        self.process = subprocess.Popen([str(Path(sys.executable).with_name("zhiji")), "web"], env=environ)
        for _ in range(1200):  # a machine with other work to do takes its time
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError("the web process didn't start within two minutes")

    def __exit__(self, *error: object) -> None:
        from zhiji.ops import postgres

        self.process.terminate()
        self.process.wait(20)
        postgres.stop(self.home)
        if not self.kept:
            shutil.rmtree(self.home, ignore_errors=True)

    def cpu(self) -> float:
        """Seconds of processor the web process has used, its children included."""
        return _processor(self.process.pid)

    def database_cpu(self) -> float:
        """Seconds of processor the database has used, its server processes included (those that ended are lost)."""
        from zhiji.ops import postgres

        return _processor(postgres.running(self.home) or 0)

    def stored(self) -> int:
        with psycopg.connect(self.address) as connection:
            (count,) = connection.execute("SELECT count(*) FROM kernel_accepted").fetchone() or (0,)
            return int(count)


def _processor(pid: int) -> float:
    """Seconds of processor of a process and its living children."""
    main, total = psutil.Process(pid), 0.0
    for one in (main, *main.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:2])
    return total


def batch(number: int) -> bytes:
    """The number-th request of BATCH events."""
    events = [event(number * BATCH + at) for at in range(BATCH)]
    return request("/v1/batch", json.dumps({"batch": events, "sentAt": "2026-05-03T08:00:01.000Z"}).encode())


def run(seconds: float = 6.0) -> list[Row]:
    """Measure on this machine, as busy as it is. Rows for the table of all benchmarks."""
    batches = [batch(number) for number in range(64)]
    singles = [request("/v1/track", json.dumps(event(n)).encode()) for n in range(2000)]
    with Server() as server:
        asyncio.run(load(server.port, batches, CONNECTIONS["batch"], 3))  # until every web process is warm
        before, cpu, database, client = server.stored(), server.cpu(), server.database_cpu(), time.process_time()
        spent, took = asyncio.run(load(server.port, batches, CONNECTIONS["batch"], seconds))
        client = time.process_time() - client
        database = server.database_cpu() - database
        stored = server.stored() - before
        if stored != len(took) * BATCH:
            raise RuntimeError(f"{len(took) * BATCH} facts were acknowledged, {stored} are in the inbox")
        batch_cpu = (server.cpu() - cpu) / stored * 1e6
        batch_took = took
        rate = stored / spent
        asyncio.run(load(server.port, singles, 8, 1))
        cpu = server.cpu()
        single_spent, took = asyncio.run(load(server.port, singles, CONNECTIONS["single"], seconds))
        single_cpu = (server.cpu() - cpu) / len(took) * 1e6
        bare = bare_copy(server.address, 200_000)
    return [
        Row("batches of 100", rate, "facts/s", "≥ 100,000", "bare COPY", bare),
        Row("batches of 100, p50", statistics.median(batch_took) * 1e3, "ms"),
        Row("batches of 100, p99", _share(batch_took, 0.99) * 1e3, "ms"),
        Row("batches of 100, web process", batch_cpu, "µs/fact"),
        Row("batches of 100, database", database / stored * 1e6, "µs/fact"),
        Row("batches of 100, client", client / stored * 1e6, "µs/fact"),
        Row(
            "batches of 100, all three", batch_cpu + (database + client) / stored * 1e6, "µs/fact", "≤ 20 on two cores"
        ),
        Row("single requests", len(took) / single_spent, "requests/s", "≥ 5,000"),
        Row("single requests, p50", statistics.median(took) * 1e3, "ms"),
        Row("single requests, p99", _share(took, 0.99) * 1e3, "ms", "< 100"),
        Row("single requests, web process", single_cpu, "µs/request"),
    ]


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    show("Collect: the tracking protocol", run(float(sys.argv[1]) if len(sys.argv) > 1 else 6.0))
