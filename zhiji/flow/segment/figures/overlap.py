"""Which other segments the members of a segment are in: each alone, and every combination."""

from datetime import datetime
from typing import Any

import numpy as np

from zhiji.flow.profile.queries import roots_of
from zhiji.flow.segment.live import membership_bitmap
from zhiji.flow.segment.live.membership_bitmap import Bits, Of, size_of
from zhiji.flow.segment.models import Segment

OTHERS, COMBINATIONS = 6, 12


def compute(key: str, as_of: datetime, owner: int | None = None) -> dict[str, Any]:
    """{"size", "others": [{key, size, shared}…], "combinations": [{"in": [place…], "count"}…], "rest": n}.

    `others` are those that share most members; `in` are places in `others`, the empty one is in none of them.
    `rest` are the members of combinations that aren't listed. All of everybody, or of one owner's customers.
    """
    live = {one.pk: one.key for one in Segment.objects.filter(archived_at=None)}
    stored = membership_bitmap.read(among=roots_of(owner)).sets
    sets = {pk: stored[Of(segment=pk)] for pk in live if Of(segment=pk) in stored}
    own = next((bits for pk, bits in sets.items() if live[pk] == key), None)
    if own is None:
        return {"size": 0, "others": [], "combinations": [], "rest": 0}
    counted = sorted(((shared(own, bits), -pk) for pk, bits in sets.items() if live[pk] != key), reverse=True)
    others = [(-pk, count) for count, pk in counted[:OTHERS] if count]
    masks = np.zeros(len(own) * 8, dtype=np.uint8)
    for place, (pk, _count) in enumerate(others):
        masks |= _flags(sets[pk], len(own)) << place
    counts = np.bincount(masks[_flags(own, len(own)) == 1], minlength=1).tolist()
    order = sorted(((count, mask) for mask, count in enumerate(counts) if count), key=lambda one: (-one[0], one[1]))
    return {
        "size": size_of(own),
        "others": [{"key": live[pk], "size": size_of(sets[pk]), "shared": count} for pk, count in others],
        "combinations": [
            {"in": [place for place in range(len(others)) if mask >> place & 1], "count": count}
            for count, mask in order[:COMBINATIONS]
        ],
        "rest": sum(count for count, _mask in order[COMBINATIONS:]),
    }


def shared(one: Bits, other: Bits) -> int:
    """How many are in both."""
    length = min(len(one), len(other))
    return size_of(one[:length] & other[:length])


def _flags(bits: Bits, length: int) -> Bits:
    """A 0 or 1 for each customer, as many as `length` bytes hold."""
    kept = np.zeros(length, dtype=np.uint8)
    kept[: min(length, len(bits))] = bits[:length]
    return np.unpackbits(kept, bitorder="little")
