"""Cut points: the thresholds of relative conditions, computed over the population and published with versions."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from zhiji.flow.segment import measures
from zhiji.flow.segment.conditions import Node, walk
from zhiji.flow.segment.conditions.relative import SCORED, Rank
from zhiji.flow.segment.engine.needs import World
from zhiji.flow.segment.engine.slices import everyone, run
from zhiji.flow.segment.models import CutPoints
from zhiji.flow.segment.world import Definitions, advance

QUINTILES = (0.2, 0.4, 0.6, 0.8)
SCORE_MEASURES = ("recency", "frequency", "monetary")


def compute(ranks: Iterable[Rank], as_of: datetime) -> tuple[dict[str, list[float]], int]:
    """Points by name for the three scores and these ranks, and how many customers ever ordered.

    A point is a value that occurs (the lower of two). Recency is in days, to the minute; numbers to four decimals.
    """
    statement = measures.statement(World(), favourites=False)
    answer = run(statement, everyone(statement.needs, as_of), as_of)
    answer = answer.filter(answer.column("last_order_at").is_valid())
    if not answer.num_rows:
        return {}, 0
    last = answer.column("last_order_at").to_numpy().astype("datetime64[us]").astype("int64")
    days = np.round((as_of.timestamp() * 1e6 - last) / 6e7) / 1440
    values = {"recency": days}
    for name, measure in SCORED.items():
        values[name] = answer.column(measure).to_numpy(zero_copy_only=False).astype(float)
    points = {name: _quantiles(values[name], QUINTILES) for name in SCORE_MEASURES}
    for rank in ranks:
        column = answer.column(rank.measure).drop_null().to_numpy(zero_copy_only=False).astype(float)
        share = rank.share if rank.op == "bottom" else 1 - rank.share
        points[rank.cut] = _quantiles(column, (share,))
    return points, int(answer.num_rows)


def _quantiles(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", shares: tuple[float, ...]) -> list[float]:
    return [round(float(one), 6) for one in np.quantile(values, shares, method="inverted_cdf")]


def ranks_of(known: Definitions) -> list[Rank]:
    """Every rank that some definition asks for."""
    trees: list[Node] = [one.node for one in known.segments.values()]
    trees += [part.node for one in known.schemes.values() for part in one.classes if part.node is not None]
    found = {node.cut: node for tree in trees for _, node in walk(tree) if isinstance(node, Rank)}
    return [found[name] for name in sorted(found)]


def publish(points: dict[str, list[float]], population: int, as_of: datetime) -> list[str]:
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
