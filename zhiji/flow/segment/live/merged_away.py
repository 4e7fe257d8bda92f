"""Customers that are no roots any more leave everything they were in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zhiji.flow.segment.live import log_lines
from zhiji.flow.segment.live.membership_bitmap import EVERYONE, Ids

if TYPE_CHECKING:
    from zhiji.flow.segment.live.membership_update import Settlement


def lost(cursor: Any, ids: Ids, roots: Sequence[int] | None) -> Ids:
    """Those asked about who have no row in the answer; of everybody, all who are merged away."""
    if roots is not None:
        return np.setdiff1d(np.array(list(roots), dtype=np.int64), ids)
    cursor.execute("SELECT id FROM resolve_customer WHERE root_id <> id ORDER BY id")
    return np.array([one for (one,) in cursor.fetchall()], dtype=np.int64)


def drop_losers(cursor: Any, work: Settlement, gone_ids: Ids) -> None:
    """Take customers that are no roots any more out of everything, tell it in the log, count them out of the sizes."""
    if not len(gone_ids):
        return
    versions = _versions(cursor)
    for of in list(work.sets.sets):
        gone = gone_ids[work.sets.has(of, gone_ids)]
        if not len(gone):
            continue
        work.sets.put(of, gone, entered=False)
        if of == EVERYONE:
            continue
        work.count(of, -len(gone))
        at, version = str(work.as_of), versions.get((of.segment, of.scheme), 1)
        for one in gone.tolist():
            if of.segment:
                work.lines.append(
                    log_lines.of_segment(at, one, of.segment, "[]", "{}", "merge", version, entered=False)
                )
            elif of.scheme:
                classes = (of.scheme_class, None)
                work.lines.append(log_lines.of_scheme(at, one, of.scheme, classes, "[]", "{}", "merge", version))


def _versions(cursor: Any) -> dict[tuple[int | None, int | None], int]:
    cursor.execute(
        "SELECT id, NULL, version FROM segment_segment UNION ALL SELECT NULL, id, version FROM segment_scheme"
    )
    return {(segment, scheme): version for segment, scheme, version in cursor.fetchall()}
