"""Take a back-up of a running installation."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from zhiji.config.options import described
from zhiji.kernel.loops import beat
from zhiji.ops.backup import folder, lake, tables
from zhiji.ops.backup.keeping import Rule
from zhiji.ops.backup.repository import NEWEST, STAMP, BackupRefused, Manifest, Newest, Repository
from zhiji.ops.backup.standing import HEART

LOCK = 0x6261636B  # "back"
Step = Callable[[str], None]


def back_up(url: str, rule: Rule, say: Step = lambda what: None) -> Manifest:
    """Take one into `url` and forget those the rule doesn't keep. The installation may go on working meanwhile.

    What becomes of it is told by the heartbeat `back-up`. Raises BackupRefused, and the storage's errors.
    """
    if "kernel_heartbeat" not in connection.introspection.table_names():
        raise BackupRefused(f"nothing is installed in {settings.HOME} yet; say by ZHIJI_HOME which is to be backed up")
    try:
        with psycopg.connect(**_address(), autocommit=True) as guard:
            row = guard.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
            if not row or not row[0]:
                raise BackupRefused("another back-up is being taken; wait for its end")
            made = _take(Repository(url, settings.MASTER_KEY), rule, say)
    except Exception as error:
        beat(HEART, trouble=f"{type(error).__name__}: {error}"[:500], failed_at=datetime.now(UTC).isoformat())
        raise
    told = {"made": made.name, "place": url, "rows": made.rows, "written": made.written}
    beat(HEART, **told, seconds=made.seconds, good_at=made.made_at.isoformat(), trouble="")
    return made


def _take(into: Repository, rule: Rule, say: Step) -> Manifest:
    began = time.monotonic()
    names = into.names()
    last = into.manifest(names[-1]) if names else None
    history = lake.dump(lake.paths(), last.lake if last else {}, into, say)
    with psycopg.connect(**_address()) as reading:
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reading.read_only = True
        made = Manifest(
            datetime.now(UTC).strftime(STAMP),
            version("zhiji"),
            tables.migrations(reading),
            tables.dump(reading, into, say),
            tables.sequences(reading),
            lake=history,
        )
        erased = _erased(reading)
    made.files = folder.dump(settings.HOME, last.files if last else {}, into, say)
    made.settings = {option.name: text for option, text, source in described() if source == "environment"}
    newest = Newest({name: made.tables.pop(name) for name in tables.NEWEST_ONLY if name in made.tables}, erased)
    into.write(NEWEST, newest)
    made.seconds, made.written = round(time.monotonic() - began, 1), into.written
    into.write(f"back-ups/{made.name}", made)
    into.forget(rule.forgotten(into.names()))
    return made


def _erased(reading: tables.Connection) -> list[int]:
    """The customers who were erased, if the tables know of any such thing yet."""
    there = reading.execute("SELECT to_regclass('kernel_fact')").fetchone()
    if not there or there[0] is None:
        return []
    rows = reading.execute("SELECT DISTINCT customer_id FROM kernel_fact WHERE name = 'customer_erased' ORDER BY 1")
    return [customer for (customer,) in rows.fetchall()]


def _address() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
