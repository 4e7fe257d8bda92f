"""Turn verdicts into membership: what changed is written, logged with its reason, and handed on.

All of it set-based: the stored rows of the customers asked about are compared with the answer as sorted
arrays, and only differences reach the database. Who calls holds the pipeline's lock, so nobody else writes
memberships meanwhile.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from zhiji.flow.segment import wholesale
from zhiji.flow.segment.changes import Cause, Change
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.reasons import Reasons, class_nodes
from zhiji.flow.segment.world import Definitions, SchemeNow, SegmentNow
from zhiji.kernel import engine

CHUNK = 50_000
_CHANGE = (
    "COPY segment_membershipchange (at, customer_id, segment_id, entered, scheme_id, from_class_id, to_class_id,"
    " why, cause, version) FROM STDIN"
)


@dataclass
class Settlement:
    """One settling: the moment, the answer's causes, and what came of it. `hand_on` collects Change objects."""

    as_of: datetime
    known: Definitions
    cause: Callable[[int], Cause]
    hand_on: bool = True
    changes: list[Change] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    leafed: Callable[[list[int]], Reasons] | None = None


def settle(work: Settlement, statement: Statement, answer: pa.Table, roots: Sequence[int] | None) -> None:
    """Bring the stored memberships of these roots (None: of everybody) in line with the statement's answer.

    Reasons are read off the answer where the statement is compiled with leaves, else asked of `work.leafed`.

    Roots that the answer lacks are merged away or gone: their rows are deleted, and the log says so; rules aren't told.
    """
    ids = answer.column("id").to_numpy()

    def leafed(chunk: list[int]) -> Reasons:
        part = answer if len(ids) <= len(chunk) else answer.filter(pc.is_in(answer.column("id"), pa.array(chunk)))
        return Reasons(statement, part, work.known.names)

    if statement.leaf_names:
        work.leafed = leafed
    with connection.cursor() as cursor:
        if roots is None:
            _drop_losers(cursor, None, work.as_of)
        elif lost := sorted(set(roots) - set(ids.tolist())):
            _drop_losers(cursor, lost, work.as_of)
        asked = None if roots is None else ids.tolist()
        segments = [one for key, one in work.known.segments.items() if f"v:segment:{key}" in answer.column_names]
        stored = _stored(cursor, [one.id for one in segments], asked)
        for one in segments:
            verdict = answer.column(f"v:segment:{one.key}").to_numpy()
            _segment(cursor, work, one, np.sort(ids[verdict]), stored.get(one.id, _NONE))
        for key, scheme in work.known.schemes.items():
            if f"c:{key}" in answer.column_names:
                _scheme(cursor, work, scheme, ids, answer.column(f"c:{key}").to_pylist(), asked)


_NONE = np.array([], dtype=np.int64)


def _stored(cursor: Any, segment_ids: list[int], asked: list[int] | None) -> dict[int, Any]:
    """{segment id: sorted ids of its stored members} among those asked about."""
    if not segment_ids:
        return {}
    schema = pa.schema([("segment", pa.int64()), ("customer", pa.int64())])
    where = "" if asked is None else " AND customer_id = ANY(%s)"
    found = engine.rows(
        cursor,
        f"SELECT segment_id, customer_id FROM segment_segmentmembership WHERE segment_id = ANY(%s){where}",
        schema,
        [segment_ids] + ([] if asked is None else [asked]),
    )
    of, who = found.column("segment").to_numpy(), found.column("customer").to_numpy()
    return {one: np.sort(who[of == one]) for one in segment_ids}


def _segment(cursor: Any, work: Settlement, one: SegmentNow, members: Any, stored: Any) -> None:
    entered = np.setdiff1d(members, stored, assume_unique=True).tolist()
    left = np.setdiff1d(stored, members, assume_unique=True).tolist()
    if not entered and not left:
        return
    work.counts[f"segment:{one.key}"] = {"entered": len(entered), "left": len(left)}
    many = len(entered) + len(left) > wholesale.MOST
    for came, rows in ((True, entered), (False, left)):
        for chunk in _chunks(rows):
            whys = {} if many else _whys(work, chunk, lambda _: [one.node])
            if many:
                wholesale.segment(cursor, one, chunk, work.as_of, work.cause(chunk[0]), entered=came)
            else:
                _write_members(cursor, work, one, chunk, whys, entered=came)
                _log_segment(cursor, work, one, chunk, whys, entered=came)
            if work.hand_on:
                _hand_on_segment(work, one, chunk, whys, entered=came)
    cursor.execute("UPDATE segment_segment SET size = size + %s WHERE id = %s", [len(entered) - len(left), one.id])


def _write_members(
    cursor: Any, work: Settlement, one: SegmentNow, chunk: list[int], whys: dict[int, Any], *, entered: bool
) -> None:
    if not entered:
        cursor.execute(
            "DELETE FROM segment_segmentmembership WHERE segment_id = %s AND customer_id = ANY(%s)", [one.id, chunk]
        )
        return
    with cursor.copy("COPY segment_segmentmembership (segment_id, customer_id, since, why) FROM STDIN") as copy:
        for customer in chunk:
            copy.write_row((one.id, customer, work.as_of, _json(whys[customer])))


def _log_segment(
    cursor: Any, work: Settlement, one: SegmentNow, chunk: list[int], whys: dict[int, Any], *, entered: bool
) -> None:
    with cursor.copy(_CHANGE) as copy:
        for customer in chunk:
            cause = work.cause(customer)
            copy.write_row(
                (work.as_of, customer, one.id, entered, None, None, None, _json(whys[customer]), cause, one.version)
            )


def _hand_on_segment(
    work: Settlement, one: SegmentNow, chunk: list[int], whys: dict[int, Any], *, entered: bool
) -> None:
    work.changes.extend(
        Change(
            customer,
            work.as_of,
            segment_key=one.key,
            entered=entered,
            why=whys.get(customer, []),
            cause=work.cause(customer),
        )
        for customer in chunk
    )


def _scheme(cursor: Any, work: Settlement, one: SchemeNow, ids: Any, keys: list[str], asked: list[int] | None) -> None:
    by_id = {row.id: row.key for row in one.classes}
    where = "" if asked is None else " AND customer_id = ANY(%s)"
    found = engine.rows(
        cursor,
        f"SELECT customer_id, scheme_class_id FROM segment_classification WHERE scheme_id = %s{where}",
        pa.schema([("customer", pa.int64()), ("class", pa.int64())]),
        [one.id] + ([] if asked is None else [asked]),
    )
    stored = dict(zip(found.column("customer").to_pylist(), found.column("class").to_pylist(), strict=True))
    class_ids = one.class_ids
    moved = [
        (customer, stored.get(customer), class_ids[key])
        for customer, key in zip(ids.tolist(), keys, strict=True)
        if stored.get(customer) != class_ids[key]
    ]
    sizes: dict[int, int] = {}
    many = len(moved) > wholesale.MOST
    for chunk in _chunks(moved):
        keys_to = {customer: by_id[to] for customer, _, to in chunk}
        if many:
            whys: dict[int, Any] = {}
            wholesale.classes(cursor, one, chunk, work.as_of, work.cause(chunk[0][0]))
        else:
            nodes = lambda customer: class_nodes(work.known, one.key, keys_to[customer])  # noqa: B023, E731
            whys = _whys(work, list(keys_to), nodes)
            _write_classes(cursor, work, one, chunk, whys)
            _log_classes(cursor, work, one, chunk, whys)
        if work.hand_on:
            _hand_on_classes(work, one, chunk, whys, by_id)
        for _, before, to in chunk:
            sizes[to] = sizes.get(to, 0) + 1
            if before is not None:
                sizes[before] = sizes.get(before, 0) - 1
    if moved:
        work.counts[f"scheme:{one.key}"] = {"moved": len(moved)}
        cursor.executemany(
            "UPDATE segment_schemeclass SET size = size + %s WHERE id = %s",
            [(delta, key) for key, delta in sorted(sizes.items()) if delta],
        )


def _write_classes(cursor: Any, work: Settlement, one: SchemeNow, chunk: list[Any], whys: dict[int, Any]) -> None:
    fresh = [(customer, to) for customer, before, to in chunk if before is None]
    other = [(customer, to) for customer, before, to in chunk if before is not None]
    with cursor.copy(
        "COPY segment_classification (scheme_id, customer_id, scheme_class_id, since, why) FROM STDIN"
    ) as copy:
        for customer, to in fresh:
            copy.write_row((one.id, customer, to, work.as_of, _json(whys[customer])))
    if other:
        cursor.execute(
            "UPDATE segment_classification c SET scheme_class_id = n.to_class, since = %s, why = n.why::jsonb"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n(customer, to_class, why)"
            " WHERE c.scheme_id = %s AND c.customer_id = n.customer",
            [
                work.as_of,
                [customer for customer, _ in other],
                [to for _, to in other],
                [_json(whys[customer]) for customer, _ in other],
                one.id,
            ],
        )


def _log_classes(cursor: Any, work: Settlement, one: SchemeNow, chunk: list[Any], whys: dict[int, Any]) -> None:
    with cursor.copy(_CHANGE) as copy:
        for customer, before, to in chunk:
            cause, why = work.cause(customer), _json(whys[customer])
            copy.write_row((work.as_of, customer, None, None, one.id, before, to, why, cause, one.version))


def _hand_on_classes(
    work: Settlement, one: SchemeNow, chunk: list[Any], whys: dict[int, Any], by_id: dict[int, str]
) -> None:
    work.changes.extend(
        Change(
            customer,
            work.as_of,
            scheme_key=one.key,
            from_class=by_id.get(before) if before is not None else None,
            to_class=by_id[to],
            why=whys.get(customer, []),
            cause=work.cause(customer),
        )
        for customer, before, to in chunk
    )


def _whys(work: Settlement, chunk: list[int], nodes: Callable[[int], Iterable[Node]]) -> dict[int, Any]:
    if work.leafed is None:
        return {customer: [] for customer in chunk}
    reasons = work.leafed(chunk)
    return {customer: reasons.of(nodes(customer), customer) for customer in chunk}


_LOST = (
    """
    WITH gone AS (
        DELETE FROM segment_segmentmembership r WHERE {which} RETURNING r.segment_id, r.customer_id
    ), told AS (
        INSERT INTO segment_membershipchange (at, customer_id, segment_id, entered, why, cause, version)
        SELECT %s, gone.customer_id, s.id, FALSE, '[]', 'merge', s.version
        FROM gone JOIN segment_segment s ON s.id = gone.segment_id
    )
    UPDATE segment_segment s SET size = s.size - n.n
    FROM (SELECT segment_id, count(*) AS n FROM gone GROUP BY segment_id) n WHERE s.id = n.segment_id
    """,
    """
    WITH gone AS (
        DELETE FROM segment_classification r WHERE {which} RETURNING r.scheme_id, r.scheme_class_id, r.customer_id
    ), told AS (
        INSERT INTO segment_membershipchange (at, customer_id, scheme_id, from_class_id, why, cause, version)
        SELECT %s, gone.customer_id, s.id, gone.scheme_class_id, '[]', 'merge', s.version
        FROM gone JOIN segment_scheme s ON s.id = gone.scheme_id
    )
    UPDATE segment_schemeclass s SET size = s.size - n.n
    FROM (SELECT scheme_class_id, count(*) AS n FROM gone GROUP BY scheme_class_id) n WHERE s.id = n.scheme_class_id
    """,
)


def _drop_losers(cursor: Any, lost: list[int] | None, as_of: datetime) -> None:
    """Take customers that are no roots any more out of everything, tell it in the log, count them out of the sizes."""
    which = "r.customer_id = ANY(%s)"
    if lost is None:
        which = "EXISTS (SELECT FROM resolve_customer c WHERE c.id = r.customer_id AND c.root_id <> c.id)"
    for statement in _LOST:
        cursor.execute(statement.format(which=which), [*([] if lost is None else [lost]), as_of])


def _chunks(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
