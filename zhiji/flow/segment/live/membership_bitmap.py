"""Who is in what, in memory: a bit for each customer in each segment and class, as the table of blocks has them.

Whoever holds the lock of the pipeline's second half is the only writer, so the process that wrote last needs to read
nothing: a token in the watermark `segment.held` tells whether it was. A million customers in 200 segments take 25 MB.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection

from zhiji.kernel import engine, pipeline
from zhiji.kernel.models import Watermark

MARK = "segment.held"
SIZE = 4096
BYTES = SIZE // 8
FEW = 16  # customers whose bits are sooner set one by one
Ids = np.ndarray[Any, np.dtype[np.int64]]
Bits = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Of:
    """What a set of customers is of: a segment, a class of a scheme, or (all None) everyone ever classified."""

    segment: int | None = None
    scheme: int | None = None
    scheme_class: int | None = None


EVERYONE = Of()


@dataclass
class Held:
    """The sets as they are within the writer's transaction. `save` writes those blocks that changed."""

    token: int = 0
    sets: dict[Of, Bits] = field(default_factory=dict)
    _dirty: dict[Of, set[int]] = field(default_factory=dict)

    def has(self, of: Of, ids: Ids) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """For each of these customers, whether it is in the set."""
        bits = self.sets.get(of)
        if bits is None or not len(ids):
            return np.zeros(len(ids), dtype=np.bool_)
        at = ids >> 3
        within = at < len(bits)
        found = bits[np.where(within, at, 0)] >> (ids & 7).astype(np.uint8) & 1
        return (found.astype(np.bool_)) & within

    def among(self, ids: Ids) -> Callable[[Of], "np.ndarray[Any, np.dtype[np.bool_]]"]:
        """`has` for these customers, quicker to ask of many sets."""
        at, shift = ids >> 3, (ids & 7).astype(np.uint8)
        most = int(at.max()) if len(ids) else 0

        def has(of: Of) -> "np.ndarray[Any, np.dtype[np.bool_]]":
            bits = self.sets.get(of)
            if bits is None or len(bits) <= most:
                return self.has(of, ids)
            found: np.ndarray[Any, np.dtype[np.bool_]] = (bits[at] >> shift & 1).astype(np.bool_)
            return found

        return has

    def put(self, of: Of, ids: Ids, *, entered: bool) -> None:
        """Let customers enter or leave the set."""
        if not len(ids):
            return
        bits, dirty = self._room(of, int(ids.max())), self._dirty.setdefault(of, set())
        if len(ids) < FEW:
            for one in ids.tolist():
                dirty.add(one >> 12)
                bit = 1 << (one & 7)
                bits[one >> 3] = bits[one >> 3] | bit if entered else bits[one >> 3] & (255 - bit)
            return
        dirty.update(np.unique(ids >> 12).tolist())
        masks = np.left_shift(np.uint8(1), (ids & 7).astype(np.uint8))
        if entered:
            np.bitwise_or.at(bits, ids >> 3, masks)
        else:
            np.bitwise_and.at(bits, ids >> 3, ~masks)

    def members(self, of: Of) -> Ids:
        """The customers of a set, ascending."""
        bits = self.sets.get(of)
        return unpacked(0, bits) if bits is not None else np.array([], dtype=np.int64)

    def save(self, cursor: Any) -> None:
        """Write the blocks that changed, and a token that tells others to read anew."""
        rows: list[tuple[Of, int]] = []
        bits: list[bytes] = []
        for of, dirty in self._dirty.items():
            blocks = sorted(dirty)
            rows += [(of, block) for block in blocks]
            bits.append(self.sets[of].reshape(-1, BYTES)[blocks].tobytes())
        self._dirty = {}
        if not rows:
            return
        self.token = -1  # until the table has them, nobody may take these for what it has
        engine.execute(
            cursor,
            "INSERT INTO segment_block AS b (segment_id, scheme_id, scheme_class_id, block, bits)"
            " SELECT n.segment, n.scheme, n.class, n.block,"
            f" substring(%b::bytea FROM ((n.at - 1) * {BYTES} + 1)::int FOR {BYTES})"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[])"
            " WITH ORDINALITY AS n(segment, scheme, class, block, at)"
            " ON CONFLICT (segment_id, scheme_class_id, block) DO UPDATE SET bits = EXCLUDED.bits",
            [
                b"".join(bits),
                engine.array(of.segment for of, _ in rows),
                engine.array(of.scheme for of, _ in rows),
                engine.array(of.scheme_class for of, _ in rows),
                engine.array(block for _, block in rows),
            ],
        )
        self.token = _mark(cursor)

    def _room(self, of: Of, most: int) -> Bits:
        needed = ((most >> 12) + 1) * BYTES
        bits = self.sets.get(of)
        if bits is None or len(bits) < needed:
            grown = np.zeros(max(needed, 0 if bits is None else len(bits) * 5 // 4 // BYTES * BYTES), dtype=np.uint8)
            if bits is not None:
                grown[: len(bits)] = bits
            self.sets[of] = bits = grown
        return bits


def _mark(cursor: Any) -> int:
    """Say that the blocks were written. Returns the token by which their writer knows them again."""
    token = secrets.randbits(62)
    cursor.execute(
        "INSERT INTO kernel_watermark (name, fact_id) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET fact_id = EXCLUDED.fact_id",
        [MARK, token],
    )
    return token


def forget(segment: int) -> None:
    """Take every customer out of a segment that is in no use any more, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [pipeline.FOLLOWING])
        cursor.execute("DELETE FROM segment_block WHERE segment_id = %s", [segment])
        _mark(cursor)


_kept: dict[str, Held] = {}


def let_go() -> None:
    """Forget the sets; they are read again."""
    _kept.clear()


def held(token: int | None = None) -> Held:
    """The sets now. Who calls holds the lock FOLLOWING; `token` is the watermark's when it was read already."""
    if token is None:
        token = Watermark.objects.filter(name=MARK).values_list("fact_id", flat=True).first() or 0
    name = str(connection.settings_dict["NAME"])
    found = _kept.get(name)
    if found is None or found.token != token or found._dirty:
        found = _kept[name] = read(token)
    return found


def read(token: int = 0, among: Sequence[int] | None = None) -> Held:
    """The sets as the table has them, for who only reads, too; of these customers only (ascending), if given."""
    found = Held(token)
    mine = None if among is None else dict(packed(np.array(among, dtype=np.int64)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment_id, scheme_id, scheme_class_id, array_agg(block ORDER BY block),"
            " string_agg(bits, ''::bytea ORDER BY block) FROM segment_block"
            " WHERE %(blocks)s::int[] IS NULL OR block = ANY(%(blocks)s::int[]) GROUP BY 1, 2, 3",
            {"blocks": None if mine is None else [*mine]},
        )
        for segment, scheme, scheme_class, blocks, bits in cursor.fetchall():
            kept = bits if mine is None else _both(bits, b"".join(mine[block] for block in blocks))
            found.sets[Of(segment, scheme, scheme_class)] = _laid(blocks, kept)
    return found


def _both(one: bytes, other: bytes) -> bytes:
    """The bits that are set in both."""
    return (np.frombuffer(one, dtype=np.uint8) & np.frombuffer(other, dtype=np.uint8)).tobytes()


def _laid(blocks: list[int], bits: bytes) -> Bits:
    """Blocks at their places in one array."""
    whole = np.zeros((blocks[-1] + 1, BYTES), dtype=np.uint8)
    whole[blocks] = np.frombuffer(bits, dtype=np.uint8).reshape(len(blocks), BYTES)
    return whole.reshape(-1)


def size_of(bits: Bits) -> int:
    """How many are in it."""
    return int(np.bitwise_count(bits).sum())


def packed(ids: Ids) -> Iterable[tuple[int, bytes]]:
    """(block, bits) of customers in ascending order."""
    if not len(ids):
        return
    first = int(ids[0]) >> 12
    flags = np.zeros((((int(ids[-1]) >> 12) - first + 1) * SIZE), dtype=np.uint8)
    flags[ids - (first << 12)] = 1
    bits = np.packbits(flags, bitorder="little").reshape(-1, BYTES)
    for at in np.unique(ids >> 12).tolist():
        yield at, bits[at - first].tobytes()


def unpacked(block: int, bits: Bits | bytes) -> Ids:
    """The customers of blocks that lie one after the other, from `block` on."""
    flags = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), bitorder="little")
    return np.flatnonzero(flags).astype(np.int64) + (block << 12)
