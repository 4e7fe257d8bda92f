"""Claims of limited things, beside the bare limit: one UPDATE and one INSERT in a transaction, by the same clients.

    python -m bench.claims [clients] [seconds]

Processes claim as fast as they can: each another thing; all one hot coupon with a limit per person beside it; a rule's
way, 500 at once. Bare means by hand, without asking whether the reason was there before or anything is left. The
database is the product's own, with its disk waited for.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.table import Row, show

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CLIENTS, SECONDS, AT_ONCE = 8, 4, 500
WAYS = ("claims apart", "bare apart", "claims hot", "bare hot", "claims at once")


def run(clients: int = CLIENTS, seconds: float = SECONDS) -> list[Row]:
    """The figures, from a database of its own."""
    home = Path(tempfile.mkdtemp(prefix="zhiji-bench-claims-"))
    env = {**os.environ, "ZHIJI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "zhiji.config.settings"}
    home.chmod(0o755)
    from zhiji.config import keys
    from zhiji.ops import postgres

    try:
        keys.master_key(home, "")
        env["ZHIJI_DATABASE_URL"] = postgres.start(home) + "&pool=0"
        subprocess.run([sys.executable, "-m", "zhiji", "migrate", "--quiet"], env=env, check=True)
        rates = {way: _crowd(way, 1 if way == "claims at once" else clients, seconds, env) for way in WAYS}
    finally:
        postgres.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    bare = "by one UPDATE and one INSERT"
    return [
        Row("claims of things apart", rates["claims apart"], "/s", "", bare, rates["bare apart"]),
        Row("claims of one hot coupon, one per person", rates["claims hot"], "/s", "≥ 167", bare, rates["bare hot"]),
        Row(f"the same, {AT_ONCE} at once by one client", rates["claims at once"], "/s"),
    ]


def _crowd(way: str, clients: int, seconds: float, env: dict[str, str]) -> float:
    """Claims a second of so many processes; they begin together."""
    given = {"env": env, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    commands = [[sys.executable, "-m", "bench.claims", way, str(mine), str(seconds)] for mine in range(clients)]
    started = [subprocess.Popen(command, **given) for command in commands]
    for one in started:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    return sum(int(one.communicate()[0]) for one in started) / seconds


def _client(way: str, mine: str, seconds: float) -> int:
    import django

    django.setup()
    from zhiji.kernel.claims import Ask, Limit, claim, claim_all

    def asked(number: int) -> Ask:
        thing = f"own {mine}" if way == "claims apart" else "hot"
        person = (Limit(f"hot/{mine}/{number}", 1),) if thing == "hot" else ()
        return Ask(f"{way}/{mine}/{number}", (Limit(thing, 10**9), *person))

    print("ready", flush=True)
    sys.stdin.readline()
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        if way == "claims at once":
            claim_all([asked(number) for number in range(done, done + AT_ONCE)], as_of=NOW)
            done += AT_ONCE
            continue
        if way.startswith("bare"):
            _bare(f"{way} {mine if way == 'bare apart' else ''}", f"{way}/{mine}/{done}")
        else:
            claim((ask := asked(done)).reason, *ask.limits, as_of=NOW)
        done += 1
    return done


def _bare(thing: str, reason: str) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_claim (reason, part, thing, amount, upto, at) VALUES (%s, 0, %s, 1, 1, %s)",
            [reason, thing, NOW],
        )
        cursor.execute("UPDATE kernel_limited SET taken = taken + 1 WHERE thing = %s", [thing])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO kernel_limited VALUES (%s, 1) ON CONFLICT DO NOTHING", [thing])


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and given[0] in WAYS:
        sys.stdout.write(str(_client(given[0], given[1], float(given[2]))))
    else:
        show("Claims of limited things", run(*(int(number) for number in given)))
