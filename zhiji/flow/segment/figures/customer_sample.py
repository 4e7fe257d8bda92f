"""A sample of the customers with what they did, kept in memory for a minute: for figures that follow the hand."""

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import connection

from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.slices import few

SIZE = 10_000
FEW = 50_000
"""Up to so many customers everybody is asked."""
SECONDS = 60
Tables = Mapping[str, pa.Table]
_kept: dict[object, tuple[float, Tables, float]] = {}
_lock = threading.Lock()


def sampled(needs: Needs, as_of: datetime) -> tuple[Tables, float] | None:
    """The tables of some customers, chosen by their numbers, and how many each stands for; None when all are few."""
    key = (connection.settings_dict["NAME"], *_held(needs, as_of))
    with _lock:
        found = _kept.get(key)
        for old in [one for one, (kept_at, _, _) in _kept.items() if time.monotonic() - kept_at > SECONDS]:
            del _kept[old]
    if found is not None and time.monotonic() - found[0] < SECONDS:
        return found[1], found[2]
    roots, each = _roots()
    if not roots:
        return None
    tables = few(needs, roots, as_of, since=as_of - timedelta(hours=1))
    with _lock:
        _kept[key] = (time.monotonic(), tables, each)
    return tables, each


def _held(needs: Needs, as_of: datetime) -> tuple[object, ...]:
    """What the tables hold: the same for two drafts of which only a threshold differs."""
    hour = as_of.replace(minute=0, second=0, microsecond=0)
    facts = tuple((name, *sorted(needs.facts[name].columns), needs.since(name, hour)) for name in sorted(needs.facts))
    given = (*sorted(needs.attributes), "", *sorted(needs.tags), "", *map(str, sorted(needs.consents)))
    return (facts, given, tuple(sorted(needs.made)))


def _roots() -> tuple[list[int], float]:
    """One root in n by a hash of its number, about SIZE of them, and n; none where there are few customers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'profile_portrait'::regclass")
        every: Any = cursor.fetchone()[0]
        if every <= FEW:
            return [], 1.0
        step = max(1, round(every / SIZE))
        cursor.execute(
            "SELECT customer_id FROM profile_portrait"
            " WHERE NOT merged AND (hashint8(customer_id) & 2147483647) %% %s = 0",
            [step],
        )
        return [pk for (pk,) in cursor.fetchall()], float(step)
