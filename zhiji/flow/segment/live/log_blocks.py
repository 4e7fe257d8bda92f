"""The log of very many at once: a line for each block of customers, a bit for each customer, without reasons.

Reasons of memberships that were made so are computed when they are shown.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np

from zhiji.flow.segment.definitions.registry import SchemeNow, SegmentNow
from zhiji.flow.segment.live.batch_changes import Cause
from zhiji.flow.segment.live.membership_bitmap import BYTES, Ids, packed
from zhiji.kernel import engine

MOST = 5_000  # changes in one build that still get a line and their reasons each;
LIVE = 50_000  # in a batch: its customers lie apart, so that a line each is shorter than their blocks
_LOG = (
    "INSERT INTO segment_blockchange"
    " (at, segment_id, entered, scheme_id, from_class_id, to_class_id, cause, version, block, bits)"
    " SELECT %s, %s, %s, %s, %s, %s, %s, %s, n.block,"
    f" substring(%s::bytea FROM ((n.at - 1) * {BYTES} + 1)::int FOR {BYTES})"
    " FROM unnest(%s::int[]) WITH ORDINALITY AS n(block, at)"
)


def segment(cursor: Any, one: SegmentNow, customers: Ids, as_of: datetime, cause: Cause, *, entered: bool) -> None:
    """Tell that these customers (ascending) entered or left a segment."""
    cursor.execute(_LOG, [as_of, one.id, entered, None, None, None, cause, one.version, *_blocks(customers)])


def classes(cursor: Any, one: SchemeNow, moves: Any, as_of: datetime, cause: Cause) -> None:
    """Tell that these customers changed class; `moves` as `parted` gives them."""
    for before, now, customers in moves:
        told = [as_of, None, None, one.id, before or None, now, cause, one.version]
        cursor.execute(_LOG, [*told, *_blocks(customers)])


def _blocks(customers: Ids) -> tuple[bytes, str]:
    """The bits of all blocks in one, and which blocks they are."""
    blocks = list(packed(customers))
    return b"".join(bits for _, bits in blocks), engine.array(block for block, _ in blocks)


def parted(customers: Ids, befores: Ids, nows: Ids) -> Iterator[tuple[int, int, Ids]]:
    """(class before, class now, the customers, ascending) of every move that some made; class 0 is none."""
    for before in np.unique(befores).tolist():
        for now in np.unique(nows[befores == before]).tolist():
            yield before, now, np.sort(customers[(befores == before) & (nows == now)])
