"""Is this installation fit to work: what `/readyz` answers and `zhiji doctor` asks."""

from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from zhiji.flow.segment.upto import up_to
from zhiji.kernel import room
from zhiji.kernel.loops import ALIVE_WITHIN, pulses
from zhiji.kernel.waiting import waiting
from zhiji.ops.parts import Parts, parts

LONGEST_LAG = 600.0  # seconds the oldest accepted fact may wait; a large import makes some

_complete = False


@dataclass
class Readiness:
    """Each check with its figures; `ready` when all hold, `degraded` names those that go on without a part."""

    checks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return all(check["ok"] for check in self.checks.values())

    @property
    def degraded(self) -> list[str]:
        return [name for name, check in self.checks.items() if check.get("degraded")]


def readiness() -> Readiness:
    """Ask the disk, the database, the migrations, the loops, the inbox and the lake. Never raises for a database
    that is away.
    """
    free = room.free()
    found = Readiness({"disk": {"ok": free >= room.LEAST, "free_bytes": free}})
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
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
