"""Keep a small data folder as a version leaves it, for the test that upgrades it (../test_upgrades.py).

    <checkout of the version>/.venv/bin/python zhiji/ops/tests/versions/keep.py 0.3.0

Run it with the Python of the version to keep; it speaks only to that version's command and doors. Writes
`<version>.tar.xz` beside itself: `database.sql` as pg_dump says it, the data folder without PostgreSQL's files (they
belong to one version of PostgreSQL, and are larger), and `figures.json` (see `figures`).
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PORT = 18_431
PEOPLE = 60
WRITE_KEY = "demo-shop-write-key"  # of the demo's definitions
APART = ("postgres", "postgres.url", "template", "run", "backups", "backup")


def ask(url: str, path: str, secret: str, body: Any = None) -> Any:
    """What the API (with a token) or the tracking door (with "Basic …") answers, decoded."""
    held = secret if secret.startswith("Basic ") else f"Bearer {secret}"
    headers = {"Authorization": held, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def every(url: str, path: str, token: str) -> list[Any]:
    """All rows of a list, page by page."""
    rows: list[Any] = []
    cursor = ""
    while True:
        page = ask(url, f"/api{path}{'&' if '?' in path else '?'}size=200&cursor={cursor}", token)
        if isinstance(page, list):
            return page
        rows += page["rows"]
        cursor = page.get("next") or ""
        if not cursor:
            return rows


def figures(url: str, token: str) -> dict[str, Any]:
    """What an installation says of its customers: records, timelines, who is in which segment and class, orders,
    messages, coupons, tasks, entries of rules. Equal before and after an upgrade, but for keys that came since.
    """
    customers = sorted(row["id"] for row in every(url, "/customers", token))
    told: dict[str, Any] = {
        "records": {str(one): ask(url, f"/api/customers/{one}", token) for one in customers},
        "timelines": {str(one): every(url, f"/customers/{one}/timeline", token) for one in customers[:10]},
        "orders": every(url, "/orders", token),
        "messages": every(url, "/messages", token),
        "coupons": every(url, "/coupons", token),
        "tasks": every(url, "/tasks", token),
        "segments": {},
        "classes": {},
        "entries": {},
    }
    for row in ask(url, "/api/segments", token)["rows"]:
        told["segments"][row["key"]] = row["size"]
    for row in ask(url, "/api/schemes", token)["rows"]:
        scheme = ask(url, f"/api/schemes/{row['key']}", token)
        told["classes"][row["key"]] = {one["key"]: one.get("size") for one in scheme["classes"]}
    for row in ask(url, "/api/rules", token)["rows"]:
        told["entries"][row["key"]] = every(url, f"/rules/{row['key']}/entries", token)
    return told


def events(now: datetime) -> list[dict[str, Any]]:
    """A year of a small shop: people who register, look, buy, ask for mail or not; some turn out to be one."""
    told = []
    for number in range(PEOPLE):
        who = f"v-{number}"
        at = now - timedelta(days=360 - 5 * number, hours=number)
        traits = {"name": f"王{number}", "email": f"v{number}@example.com", "phone": f"1390000{number:04d}",
                  "city": ("上海", "杭州", "成都")[number % 3], "consent": {"email": number % 4 != 0}}  # fmt: skip
        told.append(_event("identify", who, at, f"i{number}", traits=traits))
        told.append(_event("track", who, at, f"s{number}", event="Signed Up", properties={}))
        for turn in range(number % 6):
            bought = {"order_id": f"o-{number}-{turn}", "total": 20 + 13 * turn + number,
                      "products": [{"product_id": "7", "price": 20, "quantity": 1, "category": "牛奶"}]}  # fmt: skip
            when = at + timedelta(days=1 + turn * 37) if turn * 37 < 5 * number else now - timedelta(days=turn + 1)
            told.append(_event("track", who, when, f"p{number}-{turn}", event="Order Completed", properties=bought))
    for number in range(0, 10, 2):
        told.append(_event("alias", f"v-{number}", now, f"a{number}", previousId=f"v-{number + 1}"))
    return told


def _event(kind: str, who: str, at: datetime, message: str, **more: Any) -> dict[str, Any]:
    at = min(at, datetime.now(UTC) - timedelta(minutes=1))
    return {"type": kind, "userId": who, "timestamp": at.isoformat(), "messageId": message, **more}


def keep(version: str) -> Path:
    """Start the version, live a while, ask, end, pack."""
    home = Path(tempfile.mkdtemp(prefix="zhiji-keep-"))
    home.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")}
    settings = {"ZHIJI_HOME": str(home), "ZHIJI_PORT": str(PORT), "ZHIJI_DEMO": "true", "ZHIJI_TEST_CLOCK": "true"}
    environ = {**given, **settings, "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
    url = f"http://127.0.0.1:{PORT}"
    with (home / "keep.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "zhiji", "up"], env=environ, stdout=log, stderr=log)
    try:
        _until(lambda: _ready(url))
        _ran(environ, "from zhiji.ops.demo import definitions as d; d.house(); d.classes(); d.rules()")
        made = [sys.executable, "-m", "zhiji", "token", "admin", "--name", "kept"]
        token = subprocess.run(made, env=environ, capture_output=True, text=True, check=True).stdout.split()[-1]
        _live(url)
        told = _settled(url, token)
        told["at"], told["token"] = datetime.now(UTC).isoformat(), token
    finally:
        process.terminate()
        process.wait(60)
    _ran(environ, "from pathlib import Path; from zhiji.ops import postgres as p; import subprocess as s;"
                  f"a = p.start(Path({str(home)!r})); s.run([p.binary('pg_dump'), '-d', a, '--no-owner', '-f',"
                  f"  {str(home / 'database.sql')!r}], check=True);"
                  f"p.stop(Path({str(home)!r}))", set_up=False)  # fmt: skip
    return _pack(home, version, told)


def _live(url: str) -> None:
    told = events(datetime.now(UTC))
    held = "Basic " + b64encode(f"{WRITE_KEY}:".encode()).decode()
    for place in range(0, len(told), 100):
        ask(url, "/v1/batch", held, {"batch": told[place : place + 100]})


def _settled(url: str, token: str) -> dict[str, Any]:
    """The figures, once they have stayed the same for ten seconds."""
    last, since = figures(url, token), time.monotonic()
    while time.monotonic() - since < 10 or len(last["orders"]) < PEOPLE:
        time.sleep(2)
        now = figures(url, token)
        if now != last:
            last, since = now, time.monotonic()
    return last


def _pack(home: Path, version: str, told: dict[str, Any]) -> Path:
    target = HERE / f"{version}.tar.xz"
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(home.iterdir()):
            if path.name not in APART and path.suffix not in (".log", ".lock"):
                archive.add(path, path.name)
        content = json.dumps(told, ensure_ascii=False, indent=1).encode()
        entry = tarfile.TarInfo("figures.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return target


def _ran(environ: dict[str, str], program: str, *, set_up: bool = True) -> None:
    whole = f"import django; django.setup(); {program}" if set_up else program
    subprocess.run([sys.executable, "-c", whole], env=environ, check=True, timeout=120)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return not json.load(answer)["degraded"]
    except OSError:
        return False


def _until(true: Any) -> None:
    deadline = time.monotonic() + 180
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit("it doesn't start; its log is keep.log in the data folder")
        time.sleep(0.5)


if __name__ == "__main__":
    print(keep(sys.argv[1]))
