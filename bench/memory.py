"""Memory of the whole running product (web, workers, PostgreSQL): idle, and while facts come in; what it takes of a
core while nothing happens; and what a process has grown to that has compiled hundreds of conditions.

    python -m bench.memory [folder of a demo that isn't running]
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil

from bench.table import Row

BATCH, SECONDS, THREADS = 100, 20, 2
SETTLED, WATCHED = 90, 60  # seconds until nothing happens any more, and in which it is watched
CONDITIONS, ASKED = 500, 20
MEBIBYTE = 2**20


def run(demo: Path | None = None) -> list[Row]:
    """Start a fresh installation, or a demo, measure the proportional set size of all its processes, end it."""
    home = demo or Path(tempfile.mkdtemp(prefix="zhiji-bench-"))
    home.chmod(0o755)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")},
        "ZHIJI_HOME": str(home),
        "ZHIJI_PORT": "18099",
        "ZHIJI_DEMO_SHOPPERS": "false",
        "DJANGO_SETTINGS_MODULE": "zhiji.config.settings",
    }
    with (home / "bench.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "zhiji", "up"], env=environ, stdout=log, stderr=log)
        try:
            _wait("http://127.0.0.1:18099/readyz")
            if demo is None:
                _inside(environ, "from zhiji.ops.demo import definitions as d; d.house(); d.classes(); d.rules()")
            time.sleep(SETTLED)
            share, idle = _share(process.pid), _memory(process.pid)
            facts, loaded = _under_load(process.pid)
            grown = _inside(environ, "from bench.memory import grown; print(grown())")
        finally:
            process.terminate()
            process.wait(60)
    return [
        Row("idle, all processes", idle, "MiB"),
        Row("idle, all processes", share, "% of a core"),
        Row(f"a process that has compiled and asked {CONDITIONS} conditions", float(grown), "MiB"),
        Row(f"while {facts / SECONDS:,.0f} facts/s come in and are classified, at most", loaded, "MiB"),
    ]


def _inside(environ: dict[str, str], what: str) -> str:
    """What Python says that runs this in the installation."""
    program = f"import django; django.setup(); {what}"
    done = subprocess.run([sys.executable, "-c", program], env=environ, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def grown() -> float:
    """Compile and ask conditions one by one, as people do who write them, of a few customers; then all at once, as the
    pipeline does. MiB of this process at the end."""
    from bench.conditions import CATEGORIES, Hand, did
    from zhiji.flow.resolve.models import Customer
    from zhiji.flow.segment.evaluate import verdicts
    from zhiji.kernel import clock

    customers = list(Customer.objects.values_list("pk", flat=True)[:ASKED])
    trees = {}
    for number in range(CONDITIONS):
        name = ("order_paid", "product_viewed", "cart_added")[number % 3]
        where = ("category", "eq", CATEGORIES[number % 8])
        trees[f"c{number}"] = did(Hand(), name, "ge", 1 + number % 4, 7 + number, where).tree
        verdicts({"it": trees[f"c{number}"]}, customers, clock.now())
    verdicts(trees, customers, clock.now())
    return float(psutil.Process().memory_full_info().pss) / MEBIBYTE


def _share(pid: int) -> float:
    """Hundredths of a core that a process and all below it take."""
    before, began = _seconds(pid), time.monotonic()
    time.sleep(WATCHED)
    return 100 * (_seconds(pid) - before) / (time.monotonic() - began)


def _seconds(pid: int) -> float:
    parent, total = psutil.Process(pid), 0.0
    for one in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.Error):
            used = one.cpu_times()
            total += used.user + used.system
    return total


def _under_load(pid: int) -> tuple[int, float]:
    sent = [0] * THREADS
    stop = threading.Event()
    senders = [threading.Thread(target=_send, args=(number, sent, stop)) for number in range(THREADS)]
    for sender in senders:
        sender.start()
    most = 0.0
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        time.sleep(1)
        most = max(most, _memory(pid))
    stop.set()
    for sender in senders:
        sender.join()
    return sum(sent), most


def _send(number: int, sent: list[int], stop: threading.Event) -> None:
    key = base64.b64encode(b"demo-shop-write-key:").decode()
    turn = 0
    while not stop.is_set():
        turn += 1
        events = [
            {
                "type": "track",
                "event": "Product Viewed",
                "userId": f"u{(turn * BATCH + place) % 5000}",
                "properties": {},
            }
            if place % 20
            else {
                "type": "track",
                "event": "Order Completed",
                "userId": f"u{(turn + place) % 5000}",
                "properties": {"order_id": f"{number}-{turn}-{place}", "total": 12.5},
            }
            for place in range(BATCH)
        ]
        request = urllib.request.Request(
            "http://127.0.0.1:18099/v1/batch",
            json.dumps({"batch": events}).encode(),
            {"Authorization": f"Basic {key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        sent[number] += BATCH
        time.sleep(0.02)


def _memory(pid: int) -> float:
    """Proportional set size in MiB of a process and all below it: shared pages are counted once."""
    total = 0
    parent = psutil.Process(pid)
    for one in [parent, *parent.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue
    return total / MEBIBYTE


def _wait(url: str) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the product isn't ready after 300 s")


if __name__ == "__main__":
    from bench.table import show

    show("Memory", run(*map(Path, sys.argv[1:])))
