"""Can this installation serve, and does all of it go on: what `/readyz` answers and `zhiji doctor` asks.

Without the disk, the database and its tables nothing can be taken in or shown. While the workers stand still facts are
taken in and pages shown as of when they stopped: a balancer that turned visitors away then would lose their facts.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from zhiji.flow.segment.live.up_to import up_to
from zhiji.kernel import room
from zhiji.kernel.loops import ALIVE_WITHIN, pulses
from zhiji.kernel.waiting import waiting
from zhiji.ops.parts import Parts, parts

LONGEST_LAG = 60.0  # seconds that the oldest accepted fact, or the live classification, may be behind
SERVING = ("disk", "database", "migrations")
ANSWERS_WITHIN = 5.0  # seconds to wait for the database: whoever probes gives up after ten by most defaults

_complete = False


@dataclass
class Readiness:
    """Each check with its figures; `ready` when it can serve. `degraded` names the parts that stand still, or go on
    without something that was set aside.
    """

    checks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return all(self.checks[name]["ok"] for name in SERVING if name in self.checks)

    @property
    def degraded(self) -> list[str]:
        return [
            name
            for name, check in self.checks.items()
            if name not in SERVING and (not check["ok"] or check.get("degraded"))
        ]


def readiness() -> Readiness:
    """Ask the disk, the database, the migrations, the loops, the inbox and the lake. Never raises for a database
    that is away.
    """
    free = room.free()
    found = Readiness({"disk": {"ok": free >= room.LEAST, "free_bytes": free}})
    try:
        _reach_database()
        found.checks["database"] = {"ok": True}
        missing = unapplied()
        found.checks["migrations"] = {"ok": not missing, "unapplied": missing}
        if not missing:
            found.checks["worker"] = _worker()
            now = parts()
            found.checks["pipeline"] = _pipeline(now)
            behind = {name: since.isoformat() for name, since in now.lanes.items()}
            found.checks["lake"] = {"ok": True, "degraded": bool(behind), "behind": behind}
    except DatabaseError as error:
        told = "disk full" if room.short(error) else type(error).__name__
        found.checks["database"] = {"ok": False, "error": told}
    return found


def _reach_database() -> None:
    """Raises DatabaseError where it doesn't answer; the pool's own patience would outlast a probe's."""
    pool = connection.pool  # type: ignore[attr-defined]  # of the PostgreSQL backend; none where pooling is off
    if pool is not None and connection.connection is None:
        pool.open()
        with connection.wrap_database_errors, pool.connection(timeout=ANSWERS_WITHIN):
            pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def unapplied() -> list[str]:
    """Migrations that the tables lack. Once there are none, none is assumed for the life of this process."""
    global _complete
    if _complete:
        return []
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _complete = not plan
    return [f"{step.app_label}.{step.name}" for step, _ in plan]


def _worker() -> dict[str, Any]:
    found = pulses()
    silent = [one.name for one in found if one.seconds is None or one.seconds > ALIVE_WITHIN]
    failing = {one.name: one.failing for one in found if one.failing}
    return {
        "ok": not silent and not failing,
        "silent": silent,
        "failing": {name: {"since": told["since"], "times": told["times"]} for name, told in failing.items()},
        "seconds": {one.name: round(one.seconds, 1) for one in found if one.seconds is not None},
    }


def _pipeline(parts: Parts) -> dict[str, Any]:
    """How long the oldest fact waits, in the inbox or in the log; and up to when classes and segments are right."""
    seconds, now = waiting().longest, up_to()
    lag = None if now.lag is None else round(now.lag.total_seconds(), 3)
    return {
        "ok": seconds <= LONGEST_LAG and (now.paused or lag is None or lag <= LONGEST_LAG),
        "lag_seconds": round(seconds, 3),
        "caught_up_to": now.at and now.at.isoformat(),
        "live_lag_seconds": lag,
        "degraded": bool(parts.aside),
        "set_aside": parts.aside,
        "set_aside_since": parts.aside_since and parts.aside_since.isoformat(),
    }
