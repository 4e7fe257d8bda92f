"""Memory of the whole running product (web, worker, mail server, PostgreSQL): idle, and while facts come in."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psutil

from bench.table import Row

BATCH, SECONDS, THREADS = 100, 20, 2
MEBIBYTE = 2**20


def run() -> list[Row]:
    """Start a fresh installation, measure the proportional set size of all its processes, end it."""
    home = Path(tempfile.mkdtemp(prefix="zhiji-bench-"))
    home.chmod(0o755)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")},
        "ZHIJI_HOME": str(home),
        "ZHIJI_PORT": "18099",
        "DJANGO_SETTINGS_MODULE": "zhiji.config.settings",
    }
    with (home / "bench.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "zhiji", "up"], env=environ, stdout=log, stderr=log)
        try:
            _wait("http://127.0.0.1:18099/readyz")
            made = "from zhiji.ops.demo import definitions as d; d.house(); d.classes(); d.rules()"
            subprocess.run([sys.executable, "-c", f"import django; django.setup(); {made}"], env=environ, check=True)
            time.sleep(15)
            idle = _memory(process.pid)
            facts, loaded = _under_load(process.pid)
        finally:
            process.terminate()
            process.wait(60)
    return [
        Row("idle, all processes", idle, "MiB"),
        Row(f"while {facts / SECONDS:,.0f} facts/s come in and are classified, at most", loaded, "MiB"),
    ]


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
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the product isn't ready after 90 s")


if __name__ == "__main__":
    from bench.table import show

    show("Memory", run())
