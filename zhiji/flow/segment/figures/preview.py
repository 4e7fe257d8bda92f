"""What an edit would do before it is made, and how many a condition held for over the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from zhiji.flow.segment.conditions import Node, parse
from zhiji.flow.segment.definitions.as_of import asked_then
from zhiji.flow.segment.definitions.classes import checked_classes
from zhiji.flow.segment.definitions.cut_points import drafted
from zhiji.flow.segment.definitions.registry import Definitions, check, definitions
from zhiji.flow.segment.engine.needs import World
from zhiji.flow.segment.engine.slices import answered, everyone, few, given, run
from zhiji.flow.segment.engine.statement import Statement, compiled
from zhiji.flow.segment.figures.customer_sample import sampled
from zhiji.kernel import clock

SAMPLE = 10
NEW = "new:"


@dataclass(frozen=True)
class Difference:
    """Who would enter and leave: counts, the newest customers of both, and how many of each class they are in.

    `count` is the size afterwards; `by_class` is {scheme: {class: (entering, leaving)}}, classes that nobody of
    them is in left out.
    """

    count: int
    entering: int
    leaving: int
    entering_sample: list[int]
    leaving_sample: list[int]
    by_class: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Moves:
    """Who would change class: {(from, to): how many}, {(from, to): newest customers}, {class: size afterwards}.

    `matrix` has those who stay, too (from equals to); `samples` only those who move. `sampled` figures are estimates.
    """

    matrix: dict[tuple[str, str], int]
    samples: dict[tuple[str, str], list[int]]
    sizes: dict[str, int]
    sampled: bool = False


def of_segment(key: str, tree: Any, as_of: datetime, ids: Sequence[int] | None = None) -> Difference:
    """What giving the segment `key` this condition would change, for everybody or these roots. A key there isn't has
    no members before.

    Raises ConditionError.
    """
    known = definitions()
    node = tree if isinstance(tree, Node) else parse(tree)
    check(node, known, own_key=f"segment:{key}")
    known = drafted(known, [node], as_of, ids)
    trees = {"new": node}
    if key in known.segments:
        trees["old"] = known.segments[key].node
    schemes = tuple(known.schemes)
    answer = answered(known.statement(trees, schemes), ids, as_of)
    after = answer.column("v:new")
    before = answer.column("v:old") if "old" in trees else pa.chunked_array([pa.array(np.zeros(len(after), bool))])
    entering = answer.filter(pc.and_(after, pc.invert(before)))
    leaving = answer.filter(pc.and_(before, pc.invert(after)))
    return Difference(
        count=_true(after),
        entering=entering.num_rows,
        leaving=leaving.num_rows,
        entering_sample=newest(entering.column("id")),
        leaving_sample=newest(leaving.column("id")),
        by_class={one: _split(entering, leaving, f"c:{one}") for one in schemes},
    )


def of_scheme(
    key: str,
    classes: Sequence[Mapping[str, Any]],
    as_of: datetime,
    *,
    quick: bool = False,
    ids: Sequence[int] | None = None,
) -> Moves:
    """What giving the scheme `key` these classes (as `create_scheme` takes them) would change, for everybody or these
    roots.

    A scheme there isn't has everybody in the class "" before. `quick` asks a sample, when customers are many.
    Raises ConditionError or ValueError.
    """
    known = definitions()
    wanted = checked_classes(known, key, classes)
    known = drafted(known, [parse(one["condition"]) for one in wanted if one["condition"] is not None], as_of, ids)
    statement = _both(known, key, wanted)
    some = sampled(statement.needs, as_of) if quick and ids is None else None
    answer, each = (run(statement, some[0], as_of), some[1]) if some else (answered(statement, ids, as_of), 1.0)
    sizes = {one["key"]: 0 for one in wanted}
    after = answer.column(f"c:{NEW}{key}")
    before = answer.column(f"c:{key}") if key in known.schemes else pa.chunked_array([pa.array([""] * len(after))])
    pairs = pa.table({"id": answer.column("id"), "from": before, "to": after})
    matrix: dict[tuple[str, str], int] = {}
    samples: dict[tuple[str, str], list[int]] = {}
    for row in pairs.group_by(["from", "to"]).aggregate([([], "count_all")]).to_pylist():
        move = (row["from"], row["to"])
        matrix[move] = round(row["count_all"] * each)
        sizes[row["to"]] += matrix[move]
        if move[0] != move[1]:
            those = pc.and_(pc.equal(pairs.column("from"), move[0]), pc.equal(pairs.column("to"), move[1]))
            samples[move] = newest(pairs.column("id").filter(those))
    return Moves(matrix, samples, sizes, some is not None)


def over_time(
    tree: Any, as_of: datetime, days: int = 90, points: int = 13, ids: Sequence[int] | None = None
) -> list[tuple[date, int]]:
    """How many (of everybody or these roots) the condition held for at the end of some days, evenly spread over the
    last `days`; the last is now.

    What was given of customers counts as it was known on each day, cut points as they were published by then (those
    of a draft as they would be now). Facts are read once. Raises ConditionError.
    """
    node = tree if isinstance(tree, Node) else parse(tree)
    known = definitions()
    present = drafted(known, [node], as_of, ids)
    *before, now = _moments(as_of, days, points)
    statement = present.statement({"it": node})
    if ids is None:
        tables = everyone(statement.needs, now, since=before[0])
    else:
        tables = few(statement.needs, ids, now, since=before[0])
    counts = []
    for one in before:
        then = asked_then(known, [node], (), one) if present is known else present
        counts.append((clock.day_of(one), _held(then.statement({"it": node}), tables, one, ids)))
    return [*counts, (clock.day_of(now), len(run(statement.holding, tables, now)))]


def _held(statement: Statement, tables: Mapping[str, Any], as_of: datetime, ids: Sequence[int] | None) -> int:
    """How many it held for at a past moment, by a slice's facts and what was known then."""
    with connection.cursor() as cursor:
        known = given(cursor, statement.needs, as_of, None if ids is None else [*ids], past=True)
    return len(run(statement.holding, {**tables, **known}, as_of))


def _moments(as_of: datetime, days: int, points: int) -> list[datetime]:
    """The ends of days, oldest first, and at last `as_of` itself."""
    today = clock.day_of(as_of)
    back = [round(days * step / (points - 1)) for step in range(points - 1, 0, -1)]
    ends = [datetime.combine(today - timedelta(days=one - 1), time(), clock.zone()) for one in back]
    return [*(end - timedelta(microseconds=1) for end in ends), as_of]


def _both(known: Definitions, key: str, wanted: Sequence[Mapping[str, Any]]) -> Statement:
    """The scheme as it is (if it is) and as it would be, side by side."""
    parts = tuple((one["key"], None if one["condition"] is None else parse(one["condition"])) for one in wanted)
    world = World(known.world.segments, {**known.world.schemes, f"{NEW}{key}": parts}, known.world.cuts)
    return compiled({}, (f"{NEW}{key}", *((key,) if key in known.schemes else ())), world)


def _split(entering: pa.Table, leaving: pa.Table, column: str) -> dict[str, tuple[int, int]]:
    came, went = (
        {row["values"]: row["counts"] for row in pc.value_counts(part.column(column)).to_pylist()}
        for part in (entering, leaving)
    )
    return {one: (came.get(one, 0), went.get(one, 0)) for one in sorted({*came, *went})}


def _true(verdicts: Any) -> int:
    return pc.sum(verdicts).as_py() or 0


def newest(ids: Any, most: int = SAMPLE) -> list[int]:
    """The greatest of these ids, descending."""
    if not len(ids):
        return []
    return list(pc.take(ids, pc.select_k_unstable(ids, most, sort_keys=[("", "descending")])).to_pylist())
