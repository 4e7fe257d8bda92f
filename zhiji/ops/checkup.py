"""The doctor's examination: each finding says what it looked at, what it saw and what to do."""

import contextlib
import shutil
import smtplib
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from zhiji.config import keys
from zhiji.config.options import Options
from zhiji.ops import closed_folder, fitting, postgres
from zhiji.ops.house import address_of, port_is_free

GIGABYTE = 1024**3
FULL, LITTLE = 1, 5
"""Gigabytes free: PostgreSQL's write-ahead log alone grows to one (its max_wal_size), and a large build spills some to
the disk beside the lake's files that are merged."""
LIBRARIES = ("django", "psycopg", "granian", "procrastinate", "duckdb", "ibis-framework", "deltalake", "msgspec")


@dataclass(frozen=True)
class Finding:
    subject: str
    state: Literal["ok", "warn", "fail"]
    found: str
    advice: str = ""


def examine(options: Options) -> Iterator[Finding]:
    """Every finding in turn. A check that breaks is itself a finding; none changes anything."""
    checks: tuple[Callable[[Options], Iterator[Finding]], ...] = (
        _python,
        _libraries,
        _memory_and_disk,
        _files,
        _closed,
        _port,
        _proxies,
        _mail,
        _lake,
        _database,
    )
    for check in checks:
        try:
            yield from check(options)
        except Exception as error:
            yield Finding(check.__name__.strip("_"), "fail", f"{type(error).__name__}: {error}", "report this line")


def _python(options: Options) -> Iterator[Finding]:
    now = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding("Python", "ok" if good else "fail", now, "" if good else "install Python 3.11 or newer")


def _libraries(options: Options) -> Iterator[Finding]:
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("packages", "fail", f"missing: {', '.join(missing)}", "run `make setup`")
    yield Finding("packages", "ok", ", ".join(found))


def _memory_and_disk(options: Options) -> Iterator[Finding]:
    from zhiji.ops.server_settings import memory

    have = memory() / GIGABYTE
    few = "2 GB is little: expect slow builds" if have < 2 else ""
    yield Finding("memory", "warn" if few else "ok", f"{have:.1f} GB", few)
    folder = next(one for one in (options.home, *options.home.parents) if one.exists())
    free = shutil.disk_usage(folder).free / GIGABYTE
    state: Literal["ok", "warn", "fail"] = "fail" if free < FULL else "warn" if free < LITTLE else "ok"
    advice = "" if state == "ok" else f"make room on the disk of {folder}, or move ZHIJI_HOME"
    yield Finding("disk", state, f"{free:.1f} GB free{', which is as good as full' if free < FULL else ''}", advice)


def _files(options: Options) -> Iterator[Finding]:
    home: Path = options.home
    if not home.exists():
        yield Finding("data folder", "warn", f"{home} is not there yet", "`zhiji up` makes it")
        return
    for name in ("secret_key", "master_key"):
        file = home / name
        if getattr(options, name):
            yield Finding(name, "ok", "given by setting")
            continue
        if not file.exists():
            lost = name == "master_key" and (home / "postgres/PG_VERSION").exists()
            found = "missing, but the data is there" if lost else "made at the first start"
            yield Finding(name, "fail" if lost else "warn", found, keys.RESTORE if lost else "")
            continue
        mode = stat.S_IMODE(file.stat().st_mode)
        bad = mode & 0o077
        yield Finding(name, "fail" if bad else "ok", f"mode {mode:o}", f"chmod 600 {file}" if bad else "")


def _closed(options: Options) -> Iterator[Finding]:
    if not options.home.exists():
        return
    lake = Path(options.lake_url) if options.lake_url and "://" not in options.lake_url else None
    there = [lake] if lake is not None and lake.exists() and lake.stat().st_mode & closed_folder.OTHERS else []
    found = [*closed_folder.open_to_others(options.home), *there]
    names = ", ".join(str(one) for one in found)
    advice = f"chmod -R go= {' '.join(str(one) for one in found)}" if found else ""
    state: Literal["ok", "warn"] = "warn" if found else "ok"
    yield Finding(
        "closed to others", state, f"open to other users of this machine: {names}" if found else "yes", advice
    )


def _port(options: Options) -> Iterator[Finding]:
    if port_is_free(options.host, options.port):
        yield Finding("port", "ok", f"{options.host}:{options.port} is free")
    elif postgres.running(options.home) is not None:
        yield Finding("port", "ok", f"{options.host}:{options.port} is in use, and Zhiji runs")
    else:
        yield Finding("port", "warn", f"{options.host}:{options.port} is taken", "choose another by ZHIJI_PORT")


def _proxies(options: Options) -> Iterator[Finding]:
    """Who is served to others on loopback has a proxy in front; untold of it, all visitors are one to us."""
    behind = options.public_url and options.host in {"127.0.0.1", "localhost", "::1"}
    if options.trusted_proxies:
        yield Finding("proxies", "ok", ", ".join(str(one) for one in options.trusted_proxies))
    elif behind:
        advice = "set ZHIJI_TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1"
        yield Finding("proxies", "warn", "all visitors share the proxy's address, and its limits on signing in", advice)


def _mail(options: Options) -> Iterator[Finding]:
    if not options.smtp_url:
        text = "received by ourselves (demo)" if options.demo else "no server given: no mail is sent"
        advice = "" if options.demo else "set ZHIJI_SMTP_URL=smtp://user:password@host:port"
        yield Finding("mail", "ok" if options.demo else "warn", text, advice)
        return
    parts = urlsplit(options.smtp_url)
    make = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    place = f"{parts.hostname}:{parts.port or (465 if parts.scheme == 'smtps' else 25)}"
    try:
        with make(parts.hostname or "", parts.port or 0, timeout=5) as server:
            code, _ = server.noop()
        yield Finding("mail", "ok" if code == 250 else "warn", f"{place} answers {code}")
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("mail", "fail", f"{place}: {error}", "check ZHIJI_SMTP_URL and the way to that server")


def _lake(options: Options) -> Iterator[Finding]:
    url = options.lake_url or str(options.home / "lake")
    if "://" in url:
        yield Finding("lake", "ok", f"at {urlsplit(url).scheme}:// (not examined from here)")
        return
    tables = [log.parent for log in Path(url).glob("**/_delta_log")] if Path(url).exists() else []
    if not tables:
        yield Finding("lake", "ok", "empty; the worker fills it")
        return
    from deltalake import DeltaTable

    for table in tables[:5]:
        yield Finding("lake", "ok", f"{table.name} is readable, version {DeltaTable(str(table)).version()}")


def _database(options: Options) -> Iterator[Finding]:
    if not options.database_url and postgres.running(options.home) is None:
        yield Finding("database", "warn", "the embedded PostgreSQL doesn't run", "start it by `zhiji up`")
        return
    import psycopg

    try:
        connection = psycopg.connect(fitting.bare(address_of(options)), connect_timeout=5, autocommit=True)
    except psycopg.OperationalError as error:
        yield Finding("database", "fail", str(error).strip(), "check ZHIJI_DATABASE_URL, and that the server runs")
        return
    with contextlib.closing(connection):
        yield from _server(connection)
        unfit = fitting.wrong_key(options, connection)
        if unfit:
            yield Finding("master key", "fail", unfit)
        else:
            yield from _tables(connection)


def _server(connection: Any) -> Iterator[Finding]:
    old = fitting.old_server(connection)
    yield Finding("PostgreSQL", "fail" if old else "ok", old or str(connection.info.server_version // 10000))
    skew = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8 - %s", [time.time()]).fetchone()[0]
    far = abs(skew) > 2
    advice = "set both clocks by NTP" if far else ""
    yield Finding("clock", "warn" if far else "ok", f"{skew:+.2f} s between us and the database", advice)


def _tables(connection: Any) -> Iterator[Finding]:
    if connection.execute("SELECT to_regclass('kernel_heartbeat')").fetchone()[0] is None:
        yield Finding("tables", "fail", "not made yet", "run `zhiji migrate`")
        return
    from zhiji.ops.house import set_up_django

    set_up_django()
    from zhiji.ops.readiness import readiness

    checks = readiness().checks
    behind = len(checks["migrations"]["unapplied"])
    advice = "run `zhiji migrate`" if behind else ""
    yield Finding("tables", "fail" if behind else "ok", f"{behind} steps behind" if behind else "up to date", advice)
    if behind:
        return
    silent = checks["worker"]["silent"]
    advice = "is `zhiji worker` running? see its log" if silent else ""
    found = f"not heard of for a minute: {', '.join(silent)}" if silent else "every loop is alive"
    yield Finding("worker", "fail" if silent else "ok", found, advice)
    for name, told in checks["worker"]["failing"].items():
        text = f"{name} has failed {told['times']} times, since {told['since']}"
        yield Finding("loop", "fail", text, "its log says why; /workspace/ shows the error")
    yield _backups()
    seconds, slow = checks["pipeline"]["lag_seconds"], not checks["pipeline"]["ok"]
    advice = "is `zhiji worker` running? a large import also makes this, and it passes" if slow else ""
    yield Finding("pipeline", "warn" if slow else "ok", f"the oldest fact has waited {seconds:.1f} s", advice)
    yield from _classification()
    yield from _parts()
    yield _limited()


def _limited() -> Finding:
    from zhiji.kernel.claims.proof import differences

    wrong = differences()
    advice = "what is left of it may be wrong; run `zhiji recount`" if wrong else ""
    text = f"{len(wrong)} counted wrong, such as {wrong[0].thing}" if wrong else "each count is the sum of its claims"
    return Finding("limits", "fail" if wrong else "ok", text, advice)


def _parts() -> Iterator[Finding]:
    from zhiji.ops.parts import parts

    now = parts()
    text = (
        f"{now.aside} set aside since {now.aside_since:%Y-%m-%d %H:%M:%S %Z}" if now.aside_since else "none set aside"
    )
    advice = "all others go on; /quarantine/aside/ says why, tries again or drops them" if now.aside else ""
    yield Finding("facts", "warn" if now.aside else "ok", text, advice)
    for name, since in now.lanes.items():
        found = f"can't be given {name} since {since:%Y-%m-%d %H:%M:%S %Z}"
        yield Finding("lake", "warn", found, "all others go on; /quarantine/aside/ says why")


def _classification() -> Iterator[Finding]:
    from zhiji.flow.segment.live.up_to import up_to

    now = up_to()
    text = "never yet" if now.at is None else f"caught up to {now.at:%Y-%m-%d %H:%M:%S %Z}"
    advice = f"the loop {now.loop} is behind; is `zhiji worker` running? see its log" if now.behind else ""
    yield Finding("live classes", "warn" if now.behind and not now.paused else "ok", text, advice)
    for name, one in now.aside.items():
        yield Finding("set aside", "warn", f"{name}, right as of {one.since:%Y-%m-%d %H:%M:%S %Z}", one.detail)


def _backups() -> Finding:
    from django.conf import settings

    from zhiji.ops.backup.standing import last

    place, hours = settings.OPTIONS.backup_url, settings.OPTIONS.backup_hours
    standing = last()
    found = f"the last good one is of {standing.good_at:%Y-%m-%d %H:%M} UTC" if standing.good_at else "none yet"
    if standing.trouble:
        return Finding("back-ups", "fail", f"the last attempt failed: {standing.trouble}", "mend that, `zhiji backup`")
    if not place:
        advice = "set ZHIJI_BACKUP_URL to another disk or s3://bucket/path, and they are taken by themselves"
        return Finding("back-ups", "warn", found, advice)
    late = standing.late(hours)
    advice = "is `zhiji worker` running? take one by `zhiji backup`" if late else ""
    return Finding("back-ups", "warn" if late else "ok", found, advice)
