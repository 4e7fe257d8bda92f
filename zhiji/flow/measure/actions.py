"""Keep the metrics fresh."""

import time
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from zhiji.flow.measure.metric import Metric
from zhiji.flow.measure.models import Snapshot
from zhiji.kernel.culprits import of_the_house
from zhiji.kernel.registry import offered

log = structlog.get_logger()
STALE_FACTOR = 20  # a metric that takes t seconds is computed at most every 20 t
SAME = timedelta(minutes=5)  # in which a metric isn't computed again where nothing has happened since
Happened = tuple[int, int]
_seen: dict[str, Happened] = {}  # by metric: what had happened when this process last computed it


def refresh_metrics(as_of: datetime, *, force: bool = False) -> int:
    """Compute the metrics that are due and keep their values. Returns how many were computed.

    One that fails keeps its last value and says so; the others go on, and it is tried again when it is due.
    """
    known = {row.name: row for row in Snapshot.objects.all()}
    done, happened = 0, _happened()
    for metric in offered(Metric):
        if metric.every is None:
            continue
        last = known.get(metric.name)
        if last is not None and not force:
            wait = timedelta(seconds=max(metric.every, STALE_FACTOR * last.took_ms / 1000))
            tried = last.tried_at or last.as_of
            if _seen.get(metric.name) == happened:
                wait = max(wait, SAME)
            if tried <= as_of < tried + wait:
                continue
        _seen.pop(metric.name, None)
        if _computed(metric, as_of):
            _seen[metric.name] = happened
            done += 1
    return done


def _happened() -> Happened:
    """The newest fact, and the newest line of the audit: whatever changes a figure leaves one of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(id) FROM kernel_fact), 0), coalesce((SELECT max(id) FROM access_auditline), 0)"
        )
        facts, audited = cursor.fetchone()
        return facts, audited


def _computed(metric: Metric, as_of: datetime) -> bool:
    """Compute one and keep its value, or why there is none."""
    started = time.perf_counter()
    told: dict[str, Any] = {"tried_at": as_of, "trouble": ""}
    try:
        told |= {"data": _alone(metric, as_of), "as_of": as_of}
    except Exception as error:
        if of_the_house(error):
            raise
        log.exception("a metric can't be computed", metric=metric.name)
        told |= {"trouble": f"{type(error).__name__}: {error}"[:500]}
    told["took_ms"] = int((time.perf_counter() - started) * 1000)
    Snapshot.objects.update_or_create(name=metric.name, defaults=told, create_defaults={"as_of": as_of, **told})
    return not told["trouble"]


def _alone(metric: Metric, as_of: datetime) -> Any:
    """Compute a metric without parallel workers: nobody waits for it, and the pipeline needs the other processors."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        return metric.compute(as_of, None)
