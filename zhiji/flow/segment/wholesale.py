"""Membership changes of very many at once, by SQL alone and without reasons: what a first build writes.

Reasons of memberships that were made so are computed when they are shown.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from zhiji.flow.segment.changes import Cause
from zhiji.flow.segment.world import SchemeNow, SegmentNow

MOST = 5_000  # changes of one definition in one settling that still get their reasons


def segment(
    cursor: Any, one: SegmentNow, customers: list[int], as_of: datetime, cause: Cause, *, entered: bool
) -> None:
    """These customers enter or leave a segment, and the log says so."""
    if entered:
        cursor.execute(
            "INSERT INTO segment_segmentmembership (segment_id, customer_id, since, why)"
            " SELECT %s, unnest(%s::bigint[]), %s, '[]'",
            [one.id, customers, as_of],
        )
    else:
        cursor.execute(
            "DELETE FROM segment_segmentmembership WHERE segment_id = %s AND customer_id = ANY(%s)", [one.id, customers]
        )
    cursor.execute(
        "INSERT INTO segment_membershipchange (at, customer_id, segment_id, entered, why, cause, version)"
        " SELECT %s, unnest(%s::bigint[]), %s, %s, '[]', %s, %s",
        [as_of, customers, one.id, entered, cause, one.version],
    )


def classes(
    cursor: Any, one: SchemeNow, moved: Sequence[tuple[int, int | None, int]], as_of: datetime, cause: Cause
) -> None:
    """These (customer, class before, class now) are written, and the log says so."""
    customers, befores, nows = (list(column) for column in zip(*moved, strict=True))
    cursor.execute(
        "INSERT INTO segment_classification (scheme_id, customer_id, scheme_class_id, since, why)"
        " SELECT %s, customer, class, %s, '[]' FROM unnest(%s::bigint[], %s::bigint[]) AS n(customer, class)"
        " ON CONFLICT (scheme_id, customer_id) DO UPDATE"
        " SET scheme_class_id = EXCLUDED.scheme_class_id, since = EXCLUDED.since, why = EXCLUDED.why",
        [one.id, as_of, customers, nows],
    )
    cursor.execute(
        "INSERT INTO segment_membershipchange"
        " (at, customer_id, scheme_id, from_class_id, to_class_id, why, cause, version)"
        " SELECT %s, customer, %s, was, class, '[]', %s, %s"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n(customer, was, class)",
        [as_of, one.id, cause, one.version, customers, befores, nows],
    )
