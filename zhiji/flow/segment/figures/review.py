"""How the classes of a scheme moved, month by month: sizes at the end of each, and who went from where to where."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa
from django.db import connection

from zhiji.flow.profile.queries import roots_of
from zhiji.flow.segment.definitions.registry import Definitions, definitions
from zhiji.flow.segment.engine.slices import answered
from zhiji.flow.segment.models import MembershipChange, Scheme
from zhiji.kernel import clock, engine

MONTHS = 12
_CLASSES = pa.schema([("id", pa.int64()), ("class", pa.string())])
_TOLD = """
SELECT customer_id, key FROM (
    SELECT DISTINCT ON (m.customer_id) m.customer_id, k.key FROM segment_membershipchange m
    LEFT JOIN segment_schemeclass k ON k.id = m.to_class_id
    WHERE m.scheme_id = %s AND m.at <= %s AND (%s::bigint[] IS NULL OR m.customer_id = ANY(%s::bigint[]))
    ORDER BY m.customer_id, m.at DESC, m.id DESC
) x WHERE key IS NOT NULL
"""


def compute(key: str, as_of: datetime, owner: int | None = None) -> dict[str, Any]:
    """{"months": [{"at", "told", "sizes": {class: n}, "flows": [[from, to, n]…]}…]}, oldest first, the last is now.

    `told` months are as the log tells; before it began everybody is asked by the definition as it is now, as of the
    month's end. `flows` are of those who changed class since the month before; "" is from nowhere or to nowhere.
    Of everybody, or of one owner's customers.
    """
    scheme, known, ids = Scheme.objects.get(key=key), definitions(), roots_of(owner)
    log = MembershipChange.objects.filter(scheme=scheme, **({} if ids is None else {"customer_id__in": ids}))
    began = log.order_by("at").values_list("at", flat=True).first()
    months, before = [], None
    for moment in moments(as_of):
        told = began is not None and moment >= began
        classes = _told(scheme, moment, ids) if told else _asked(known, key, moment, ids)
        months.append(
            {
                "at": moment.isoformat(),
                "told": told,
                "sizes": {str(row["values"]): row["counts"] for row in classes["class"].value_counts().to_pylist()},
                "flows": [] if before is None else _flows(before, classes),
            }
        )
        before = classes
    return {"months": months}


def moments(as_of: datetime, months: int = MONTHS) -> list[datetime]:
    """The ends of the last whole months in the workspace's zone, oldest first, and at last `as_of` itself."""
    first = clock.day_of(as_of).replace(day=1)
    ends = []
    for _ in range(months):
        ends.append(datetime.combine(first, time(), clock.zone()) - timedelta(microseconds=1))
        first = (first - timedelta(days=1)).replace(day=1)
    return [*ends[::-1], as_of]


def _told(scheme: Scheme, moment: datetime, ids: Sequence[int] | None) -> pa.Table:
    """Everybody's class at a moment, as the log tells."""
    with connection.cursor() as cursor:
        return engine.rows(cursor, _TOLD, _CLASSES, [scheme.pk, moment, ids, ids])


def _asked(known: Definitions, key: str, moment: datetime, ids: Sequence[int] | None) -> pa.Table:
    """Everybody's class as of a moment before the log, by the definition as it is now; of those known by then."""
    answer = answered(known.statement({}, (key,)), ids, moment, past=True)
    return pa.table({"id": answer.column("id"), "class": answer.column(f"c:{key}").cast(pa.string())})


def _flows(before: pa.Table, after: pa.Table) -> Sequence[tuple[str, str, int]]:
    """(from, to, how many) of those who are elsewhere now, most first."""
    both = before.join(after, "id", join_type="full outer", left_suffix="_before")
    counted = both.group_by(["class_before", "class"]).aggregate([([], "count_all")]).to_pylist()
    moved = [(row["class_before"] or "", row["class"] or "", row["count_all"]) for row in counted]
    return sorted((one for one in moved if one[0] != one[1]), key=lambda one: -one[2])
