"""Cut points: the thresholds of relative conditions, computed over the population and published with versions."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from django.db import transaction

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.flow.segment.conditions import Node, leaves
from zhiji.flow.segment.conditions.offered import Offered
from zhiji.flow.segment.conditions.relative import MEASURED, ORDER, SCORED, Rank
from zhiji.flow.segment.definitions.registry import Definitions, advance, definitions
from zhiji.flow.segment.engine.needs import Needs, Points
from zhiji.flow.segment.engine.slices import answered
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.models import Build, CutPoints
from zhiji.kernel.culprits import in_parts

log = structlog.get_logger()
SCORES = ("recency", *SCORED)
Values = npt.NDArray[np.float64]
MOST_GROUPS = 500
QUINTILES = (0.2, 0.4, 0.6, 0.8)


def compute(ranks: Iterable[Rank], as_of: datetime, ids: Sequence[int] | None = None) -> tuple[dict[str, Points], int]:
    """Points by name for the three scores and these ranks (by group, for those within groups), and how many
    customers ever ordered; of everybody, or of these roots.

    A point is a value that occurs (the lower of two). Recency is in days, to the minute. Ranks are among those who
    ever did the measure's fact.
    """
    wanted = list(ranks)
    statement = _statement(wanted)
    answer = answered(statement, ids, as_of)
    ordered = answer.filter(answer.column("last").is_valid())
    points: dict[str, Points] = {}
    if ordered.num_rows:
        last = ordered.column("last").to_numpy().astype("datetime64[us]").astype("int64")
        days = np.round((as_of.timestamp() * 1e6 - last) / 6e7) / 1440
        points["recency"] = _quantiles(days, QUINTILES)
        for name in SCORED:
            points[name] = _quantiles(_numbers(ordered.column(name)), QUINTILES)
    for at, rank in enumerate(wanted):
        points |= _ranked(rank, answer.select(["id", f"last:{at}", f"value:{at}", f"group:{at}"]))
    return points, int(ordered.num_rows)


def _statement(ranks: Sequence[Rank]) -> Statement:
    """What points are computed from: of each customer the scored measures, and for each rank the last such fact,
    the value and the group."""
    needs = Needs(definitions().world)
    for name in SCORED.values():
        MEASURED[name].need(needs)
    for rank in ranks:
        rank.need(needs)
    last = needs.moment_of(ORDER, "last")

    def select(row: Any) -> Any:
        columns: dict[str, Any] = {"id": row.id, "last": row[last]}
        columns |= {name: MEASURED[measure].value_of(row, needs) for name, measure in SCORED.items()}
        for at, rank in enumerate(ranks):
            columns[f"last:{at}"] = row[needs.moment_of(rank.measured.fact, "last")]
            columns[f"value:{at}"] = rank.value_of(row, needs)
            group = rank.group_of(row, needs)
            columns[f"group:{at}"] = ibis.literal("") if group is None else group
        return row.select(**columns)

    return Statement(needs, select)


def _ranked(rank: Rank, answer: pa.Table) -> dict[str, Points]:
    """The rank's points, when anybody has the measure; of very many groups only the largest have some."""
    _, last, value, group = answer.columns
    answer = answer.filter(pc.and_(last.is_valid(), value.is_valid()))
    _, _, value, group = answer.columns
    values = _numbers(value)
    if rank.within is None:
        return {rank.cut: _quantiles(values, rank.shares)} if len(values) else {}
    encoded = group.combine_chunks().dictionary_encode()
    codes, names = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
    order = np.argsort(codes, kind="stable")
    parts = np.split(values[order], np.cumsum(np.bincount(codes, minlength=len(names)))[:-1]) if names else []
    largest = sorted(zip(names, parts, strict=True), key=lambda pair: (-len(pair[1]), pair[0]))[:MOST_GROUPS]
    found = {name: _quantiles(part, rank.shares) for name, part in sorted(largest, key=lambda pair: pair[0])}
    return {rank.cut: found} if found else {}


def _numbers(column: pa.ChunkedArray) -> Values:
    numbers: Values = pc.cast(column, pa.float64()).to_numpy()
    return numbers


def _quantiles(values: Values, shares: Sequence[float]) -> list[float]:
    """For each share the least value that at least this share of all are not above."""
    ascending = np.sort(values)
    places = [max(math.ceil(round(share * len(values), 9)), 1) - 1 for share in shares]
    return [float(ascending[at]) for at in places]


def drafted(
    known: Definitions, nodes: Iterable[Node], as_of: datetime, ids: Sequence[int] | None = None
) -> Definitions:
    """These definitions with points for the ranks of a draft that none are published for; nothing is published.

    Of everybody, or of these roots: who sees only those learns no others' order.
    """
    ranks = {one.cut: one for node in nodes for one in _leaves(node) if isinstance(one, Rank)}
    missing = [one for name, one in sorted(ranks.items()) if name not in known.cuts]
    if not missing:
        return known
    points, _ = compute(missing, as_of, ids)
    return replace(known, cuts={**points, **known.cuts})


def ranks_of(known: Definitions) -> list[Rank]:
    """Every rank that some definition asks for."""
    trees: list[Node] = [one.node for one in known.segments.values()]
    trees += [part.node for one in known.schemes.values() for part in one.classes if part.node is not None]
    found = {node.cut: node for tree in trees for node in _leaves(tree) if isinstance(node, Rank)}
    return [found[name] for name in sorted(found)]


def _leaves(tree: Node) -> Iterator[Node]:
    """The leaves, of offered conditions those that they stand for."""
    for one in leaves(tree):
        if isinstance(one, Offered):
            yield from _leaves(one.expansion)
        else:
            yield one


def names(known: Definitions) -> list[str]:
    """Every name that cut points are published under."""
    return [*SCORES, *(one.cut for one in ranks_of(known))]


def publish_now(
    as_of: datetime, wanted: Sequence[str], *, by: User | None, fire: bool = False
) -> tuple[list[str], list[Build]]:
    """Compute the cut points of these names anew, and publish those that moved. Returns their names, and the builds of
    all that reads them: they wait, so whoever dies here leaves them to the next worker.

    Those that can't be computed stay as they were and don't keep the others back.
    """
    moved: list[str] = []
    asked: list[Build] = []

    def publish_some(some: list[str]) -> None:
        points, population = compute([one for one in ranks_of(definitions()) if one.cut in some], as_of)
        with transaction.atomic():
            found = publish({name: points[name] for name in points if name in some}, population, as_of)
            for one in published(found):
                audit("cut points published", one, by=by, measure=one.measure, points=one.points)
            asked.extend(_ask(found, by, fire=fire))
        moved.extend(found)

    for name, error in in_parts(wanted, publish_some).items():
        log.error("cut points can't be computed", cut_points=name, exc_info=error)
    return moved, asked


def _ask(moved: Sequence[str], by: User | None, *, fire: bool) -> list[Build]:
    """Ask for the build of what reads these points: of everything for a score, which everybody's measures keep."""
    known, some = definitions(), set(moved)
    segments = [key for key, one in known.segments.items() if known.reads(one.node).cuts & some]
    schemes = [key for key in known.schemes if known.scheme_reads(key).cuts & some]
    how: dict[str, Any] = {"by": by, "fire": fire, "cause": "definition"}
    if some & set(SCORES):
        return [Build.objects.create(**how)]
    return [Build.objects.create(segments=segments, schemes=schemes, **how)] if segments or schemes else []


def publish(points: Mapping[str, Points], population: int, as_of: datetime) -> list[str]:
    """Publish those that differ from the newest version, in the caller's transaction. Returns their names."""
    newest = {one.measure: one for one in CutPoints.objects.order_by("measure", "-version").distinct("measure")}
    moved = [name for name in sorted(points) if name not in newest or newest[name].points != points[name]]
    CutPoints.objects.bulk_create(
        CutPoints(
            measure=name,
            version=newest[name].version + 1 if name in newest else 1,
            points=points[name],
            population=population,
            published_at=as_of,
        )
        for name in moved
    )
    if moved:
        advance()
    return moved


def published(names: Iterable[str]) -> list[CutPoints]:
    """The newest version of each of these."""
    wanted = CutPoints.objects.filter(measure__in=list(names))
    return list(wanted.order_by("measure", "-version").distinct("measure"))
