"""Figures over many customers that pages show: kept, so that no page counts a population for each who looks.

A figure that half a second answers is computed when somebody looks; a longer one by the worker, and until it is
there the page says so and asks again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction

from zhiji.flow.segment import deferring, queries
from zhiji.flow.segment.figures import composition, moves, overlap, review, sensitivity, size_history
from zhiji.flow.segment.models import Figure, Scheme, Segment
from zhiji.kernel import clock

PATIENCE = 0.5
FEW = 20_000
"""Up to so many customers the engine answers about everybody while somebody waits."""


@dataclass(frozen=True)
class Kind:
    """How a figure is computed, of everybody or of one owner's customers, and how long it may be shown; `engine` asks
    about everybody from the lake."""

    compute: Callable[[str, datetime, int | None], Any]
    fresh: timedelta
    engine: bool = False
    of: type[Segment] | type[Scheme] = Segment


def _trends(key: str, as_of: datetime, owner: int | None = None) -> Any:
    """{segment's key: sizes of the last 30 days, oldest first} of all there are."""
    found = list(queries.segments()[:500])
    trends = queries.sizes(found, as_of, owner)
    return {one.key: trends[one.pk].sizes for one in found}


KINDS: dict[str, Kind] = {
    "composition": Kind(composition.compute, timedelta(minutes=10)),
    "overlap": Kind(overlap.compute, timedelta(minutes=10)),
    "trends": Kind(_trends, timedelta(minutes=5)),
    "movements": Kind(moves.compute, timedelta(minutes=5), engine=True, of=Scheme),
    "history": Kind(size_history.compute, timedelta(minutes=2), engine=True),
    "review": Kind(review.compute, timedelta(hours=6), engine=True, of=Scheme),
    "border": Kind(sensitivity.compute, timedelta(minutes=30), engine=True, of=Scheme),
}


def figure(kind: str, key: str, as_of: datetime, owner: int | None = None) -> Figure | None:
    """The kept figure, computed now if that is quick; None while a worker computes it. It is of everybody, or of one
    owner's customers (`only_owner` of who asks).

    One that is a little old is shown while the worker computes the next. Raises DoesNotExist for a key there isn't.
    """
    one, stamp = KINDS[kind], _stamp(kind, key, as_of)
    kept = Figure.objects.filter(kind=kind, key=key, owner=owner, stamp=stamp).first()
    if kept is not None and as_of - kept.as_of < one.fresh:
        return kept
    slow = Figure.objects.filter(kind=kind, key=key, owner=owner, seconds__gt=PATIENCE).exists() and not one.engine
    if not slow and not (one.engine and _many()):
        found = _at_once(kind, key, as_of, owner)
        if found is not None:
            return found
    deferring.figure(kind, key, owner)
    return kept


def compute(kind: str, key: str, as_of: datetime, owner: int | None = None) -> Figure:
    """Compute and keep it."""
    stamp, began = _stamp(kind, key, as_of), time.perf_counter()
    data = KINDS[kind].compute(key, as_of, owner)
    told = {"stamp": stamp, "data": data, "seconds": time.perf_counter() - began, "as_of": as_of}
    return Figure.objects.update_or_create(kind=kind, key=key, owner_id=owner, defaults=told)[0]


def _at_once(kind: str, key: str, as_of: datetime, owner: int | None) -> Figure | None:
    """The figure, or None when the database needs longer than a reader should wait."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(PATIENCE * 1000)}")
            found = compute(kind, key, as_of, owner)
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            return found
    except OperationalError:
        return None


def _stamp(kind: str, key: str, as_of: datetime) -> str:
    """What the figure is of: the definition as it was built; of engine figures the day, too."""
    one = KINDS[kind]
    definition = one.of.objects.filter(key=key).values_list("version", "built_at").get() if key else (0, "")
    day = clock.day_of(as_of).isoformat() if one.engine else ""
    return f"{definition[0]} {definition[1]} {day}"


def _many() -> bool:
    """Whether there are more than a few customers, by the planner's estimate."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'resolve_customer'::regclass")
        return bool(cursor.fetchone()[0] > FEW)
