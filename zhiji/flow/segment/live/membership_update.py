"""Turn verdicts into membership: what changed is kept, logged with its reason, and handed on.

All of it set-based: the answer is compared with the bits of the customers asked about (see membership_bitmap.py), and
only differences reach the database. Who calls holds the lock FOLLOWING, so nobody else writes memberships meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import ibis.expr.datatypes as dt
import numpy as np
import pyarrow as pa
from django.db import connection

from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.definitions.registry import Definitions, SchemeNow, SegmentNow
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.explain.reasons import Reasons, class_nodes
from zhiji.flow.segment.live import log_blocks, log_lines
from zhiji.flow.segment.live.batch_changes import Cause, Change
from zhiji.flow.segment.live.membership_bitmap import EVERYONE, Held, Ids, Of
from zhiji.flow.segment.live.merged_away import drop_losers, lost
from zhiji.kernel.columnar.frame import Frame

TOGETHER = 64  # segments whose verdicts are compared with what is held at once; of everybody each is a megabyte
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Asked = dict[str, set[int]]
"""Whom to give reasons for, by definition ("segment:x", "scheme:y")."""


@dataclass
class Settlement:
    """One settling: the moment, the answer's causes, and what came of it. `hand_on` collects Change objects.

    `leafed(asked)` gives the reasons of customers whose membership changed: it is asked once for all of them.
    `single` is how many more changes get a line of their own, with reasons. `facts(definition)` gives, by customer, the
    ids of the facts that decided, as PostgreSQL's array.
    """

    as_of: datetime
    known: Definitions
    sets: Held
    cause: Callable[[int], Cause]
    hand_on: bool = True
    changes: list[Change] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    leafed: Callable[[Asked], dict[str, Reasons]] | None = None
    facts: Callable[[str], Callable[[int], str]] = lambda definition: lambda customer: "{}"
    late: Callable[[Cause], timedelta] = lambda cause: timedelta(0)
    single: int = field(default_factory=lambda: log_blocks.MOST)
    sizes: dict[Of, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def count(self, of: Of, delta: int) -> None:
        self.sizes[of] = self.sizes.get(of, 0) + delta

    def save(self) -> None:
        """Write what changed in memory: blocks, the log, sizes."""
        with connection.cursor() as cursor:
            self.sets.save(cursor)
            if self.lines:
                log_lines.write(cursor, self.lines)
            _resize(cursor, self.sizes)
        self.lines, self.sizes = [], {}


@dataclass(eq=False)
class _Segments:
    """Who enters and leaves a segment."""

    one: SegmentNow
    entered: Ids
    left: Ids

    @property
    def key(self) -> str:
        return f"segment:{self.one.key}"

    @property
    def count(self) -> int:
        return len(self.entered) + len(self.left)

    def customers(self) -> list[int]:
        return [*self.entered.tolist(), *self.left.tolist()]


@dataclass(eq=False)
class _Classes:
    """Who changes class in a scheme; class 0 is none."""

    one: SchemeNow
    ids: Ids
    before: Ids
    now: Ids

    @property
    def key(self) -> str:
        return f"scheme:{self.one.key}"

    @property
    def count(self) -> int:
        return len(self.ids)

    def customers(self) -> list[int]:
        return list(self.ids.tolist())


def settle(work: Settlement, statement: Statement, answer: pa.Table | Frame, roots: Sequence[int] | None) -> None:
    """Bring the memberships of these roots (None: of everybody) in line with the statement's answer, in memory:
    `work.save` writes them.

    Reasons are read off the answer where the statement is compiled with leaves, else asked of `work.leafed`.

    Roots that the answer lacks are merged away or gone: they leave everything, the log says so; rules aren't told.
    """
    found = Frame.of(answer)
    ids: Ids = found.array("id", dt.int64)
    with connection.cursor() as cursor:
        drop_losers(cursor, work, lost(cursor, ids, roots))
        moved = _moved(work.sets, work.known, found, ids)
        work.sets.put(EVERYONE, ids[~work.sets.has(EVERYONE, ids)], entered=True)
        single = _single(work, moved)
        reasons = _reasons(work, statement, found, single)
        for one in moved:
            _write(cursor, work, one, reasons.get(one.key), logged=one in single)


def _single(work: Settlement, moved: list["_Segments | _Classes"]) -> list["_Segments | _Classes"]:
    """Those of which each change gets a line and its reasons: the smallest, as long as `work.single` lasts."""
    found = []
    for one in sorted(moved, key=lambda one: one.count):
        if one.count > work.single:
            break
        work.single -= one.count
        found.append(one)
    return found


def _moved(now: Held, known: Definitions, answer: Frame, ids: Ids) -> list[_Segments | _Classes]:
    """Every definition whose answer differs from what is held, with who differs, ids ascending."""
    found: list[_Segments | _Classes] = []
    asked = [one for key, one in known.segments.items() if f"v:segment:{key}" in answer.columns]
    for one, entered, left in _differing(asked, answer, now.among(ids)):
        found.append(_Segments(one, np.sort(ids[entered]), np.sort(ids[left])))
    for key, scheme in known.schemes.items():
        if f"c:{key}" in answer.columns:
            classes = _class_ids(scheme, answer.column(f"c:{key}"))
            before = class_of(now, scheme, ids)
            if (differ := classes != before).any():
                order = np.argsort(ids[differ])
                found.append(_Classes(scheme, *(part[differ][order] for part in (ids, before, classes))))
    return found


def _differing(
    asked: list[SegmentNow], answer: Frame, has: Callable[[Of], Flags]
) -> Iterator[tuple[SegmentNow, Flags, Flags]]:
    """The segments that somebody enters or leaves, with who enters and who leaves."""
    for at in range(0, len(asked), TOGETHER):
        some = asked[at : at + TOGETHER]
        verdicts = np.stack([answer.array(f"v:segment:{one.key}", dt.boolean) for one in some])
        stored = np.stack([has(Of(segment=one.id)) for one in some])
        differ = verdicts != stored
        for number in np.flatnonzero(differ.any(axis=1)).tolist():
            yield some[number], differ[number] & verdicts[number], differ[number] & stored[number]


def _class_ids(one: SchemeNow, keys: Any) -> Ids:
    """The ids of classes by their keys."""
    numbered = keys.dictionary_encode()
    if isinstance(numbered, pa.ChunkedArray):
        numbered = numbered.combine_chunks()
    of = np.array([one.class_ids[key] for key in numbered.dictionary.to_pylist()], dtype=np.int64)
    return of[numbered.indices.to_numpy()] if len(of) else np.array([], dtype=np.int64)


def class_of(now: Held, one: SchemeNow, ids: Ids) -> Ids:
    """The ids of the classes that these customers are held in; 0 is none."""
    found = np.zeros(len(ids), dtype=np.int64)
    for of in now.sets:
        if of.scheme == one.id and of.scheme_class is not None:
            found[now.has(of, ids)] = of.scheme_class
    return found


def _reasons(
    work: Settlement, statement: Statement, answer: Frame, moved: list[_Segments | _Classes]
) -> dict[str, Reasons]:
    """By definition: where to read the reasons of those whose membership changed."""
    if not moved:
        return {}
    if statement.leaf_names:
        reasons = Reasons(statement, answer, work.known.names)
        return {one.key: reasons for one in moved}
    if work.leafed is None:
        return {}
    return work.leafed({one.key: set(one.customers()) for one in moved})


def _write(cursor: Any, work: Settlement, one: _Segments | _Classes, reasons: Reasons | None, *, logged: bool) -> None:
    """Keep a definition's changes; those of many are logged at once, those of few get a line each."""
    if isinstance(one, _Segments):
        work.counts[one.key] = {"entered": len(one.entered), "left": len(one.left)}
        for entered, ids in ((True, one.entered), (False, one.left)):
            if len(ids):
                of = Of(segment=one.one.id)
                work.sets.put(of, ids, entered=entered)
                work.count(of, len(ids) if entered else -len(ids))
                if not logged:
                    log_blocks.segment(cursor, one.one, ids, work.as_of, work.cause(int(ids[0])), entered=entered)
                _tell_segment(work, one.one, ids, reasons, logged=logged, entered=entered)
        return
    work.counts[one.key] = {"moved": one.count}
    moves = list(log_blocks.parted(one.ids, one.before, one.now))
    for before, after, ids in moves:
        for which, entered in ((before, False), (after, True)):
            if which:
                of = Of(scheme=one.one.id, scheme_class=which)
                work.sets.put(of, ids, entered=entered)
                work.count(of, len(ids) if entered else -len(ids))
    if not logged:
        log_blocks.classes(cursor, one.one, moves, work.as_of, work.cause(int(one.ids[0])))
    _tell_classes(work, one, reasons, logged=logged)


def _tell_segment(
    work: Settlement,
    one: SegmentNow,
    ids: Ids,
    reasons: Reasons | None,
    *,
    logged: bool,
    entered: bool,
) -> None:
    if not (logged or work.hand_on):
        return
    at, written, customers, facts = work.as_of, str(work.as_of), ids.tolist(), work.facts(f"segment:{one.key}")
    for customer, why in zip(customers, _whys(reasons, [one.node], customers), strict=True):
        cause = work.cause(customer)
        if logged:
            decided = facts(customer)
            line = log_lines.of_segment(written, customer, one.id, why, decided, cause, one.version, entered=entered)
            work.lines.append(line)
        if work.hand_on:
            late = work.late(cause)
            work.changes.append(
                Change(customer, at, segment_key=one.key, entered=entered, why=why, cause=cause, late=late)
            )


def _whys(reasons: Reasons | None, nodes: Sequence[Node], customers: Sequence[int]) -> Iterable[str]:
    return reasons.texts(nodes, customers) if reasons else ["[]"] * len(customers)


def _tell_classes(work: Settlement, moved: _Classes, reasons: Reasons | None, *, logged: bool) -> None:
    if not (logged or work.hand_on):
        return
    one, at, written = moved.one, work.as_of, str(work.as_of)
    keys, facts = {row.id: row.key for row in one.classes}, work.facts(f"scheme:{one.key}")
    for to in np.unique(moved.now).tolist():
        into = moved.now == to
        customers = moved.ids[into].tolist()
        whys = _whys(reasons, class_nodes(work.known, one.key, keys[to]), customers)
        for customer, before, why in zip(customers, moved.before[into].tolist(), whys, strict=True):
            cause = work.cause(customer)
            if logged:
                classes, decided = (before or None, to), facts(customer)
                line = log_lines.of_scheme(written, customer, one.id, classes, why, decided, cause, one.version)
                work.lines.append(line)
            if work.hand_on:
                change = Change(
                    customer,
                    at,
                    scheme_key=one.key,
                    from_class=keys.get(before),
                    to_class=keys[to],
                    why=why,
                    cause=cause,
                    late=work.late(cause),
                )
                work.changes.append(change)


def _resize(cursor: Any, sizes: dict[Of, int]) -> None:
    """Bring the sizes in line with who came and went."""
    for table, part in (("segment_segment", "segment"), ("segment_schemeclass", "scheme_class")):
        rows = sorted((getattr(of, part), delta) for of, delta in sizes.items() if getattr(of, part) and delta)
        if rows:
            cursor.execute(
                f"UPDATE {table} t SET size = t.size + n.delta FROM unnest(%s::bigint[], %s::int[]) AS n(id, delta)"
                " WHERE t.id = n.id",
                [[key for key, _ in rows], [delta for _, delta in rows]],
            )
