"""Is this installation fit to work: what `/readyz` answers and `zhiji doctor` asks."""

from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from zhiji.kernel import clock
from zhiji.kernel.loops import Loop
from zhiji.kernel.pipeline import FOLLOWED
from zhiji.kernel.registry import offered

ALIVE_WITHIN = 60.0  # seconds since a loop's last sign of life
LONGEST_LAG = 600.0  # seconds the oldest accepted fact may wait; a large import makes some

_complete = False


@dataclass
class Readiness:
    """Each check with its figures; `ready` when all hold."""

    checks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return all(check["ok"] for check in self.checks.values())


def readiness() -> Readiness:
    """Ask the database, the migrations, the worker's loops and the inbox. Never raises for a database that is away."""
    found = Readiness()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found.checks["database"] = {"ok": True}
        missing = unapplied()
        found.checks["migrations"] = {"ok": not missing, "unapplied": missing}
        if not missing:
            found.checks["worker"] = _worker()
            found.checks["pipeline"] = _pipeline()
    except DatabaseError as error:
        found.checks["database"] = {"ok": False, "error": type(error).__name__}
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


def heartbeats() -> dict[str, float]:
    """Seconds since each loop's last sign of life."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, extract(epoch FROM %s - at)::float8 FROM kernel_heartbeat", [clock.now()])
        return dict(cursor.fetchall())


def lag() -> float:
    """Seconds that the oldest fact has waited for the pipeline, in the inbox or in the log; 0 when none waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - least("
            "(SELECT received_at FROM kernel_accepted ORDER BY id LIMIT 1),"
            " (SELECT received_at FROM kernel_fact WHERE id > coalesce((SELECT fact_id FROM kernel_watermark"
            " WHERE name = %s), 0) ORDER BY id LIMIT 1)))::float8",
            [FOLLOWED],
        )
        (seconds,) = cursor.fetchone()
    return max(0.0, seconds or 0.0)


def _worker() -> dict[str, Any]:
    ages = heartbeats()
    wanted = [loop.name for loop in offered(Loop)]
    silent = [name for name in wanted if ages.get(name, float("inf")) > ALIVE_WITHIN]
    return {
        "ok": not silent,
        "silent": silent,
        "seconds": {name: round(ages[name], 1) for name in wanted if name in ages},
    }


def _pipeline() -> dict[str, Any]:
    seconds = lag()
    return {"ok": seconds <= LONGEST_LAG, "lag_seconds": round(seconds, 3)}
