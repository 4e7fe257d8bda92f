"""类别流动: who was in one class of a scheme SPAN ago and is in another now, by the classes as they are defined now.

One reading for every place that tells of it: the same classification asked as of then, with what was known then, and as
of now. How often somebody went back and forth in between doesn't count; the log of changes tells that.
"""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from zhiji.flow.profile.queries import roots_of
from zhiji.flow.segment.definitions.as_of import asked_then
from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.engine.slices import answered
from zhiji.flow.segment.models import SchemeClass

SPAN = timedelta(days=30)
Move = tuple[str, str, int]


def compute(key: str, as_of: datetime, owner: int | None = None) -> list[Move]:
    """(class then, class now, how many) of those (of one owner's, if given) whose class is another, most first; "" is
    who wasn't here then."""
    counted = _then_and_now(key, as_of, owner).group_by(["then", "now"]).aggregate([([], "count_all")]).to_pylist()
    moves = [(row["then"] or "", row["now"], row["count_all"]) for row in counted if row["then"] != row["now"]]
    return sorted(moves, key=lambda move: (-move[2], move))


def moved(key: str, source: str, target: str, as_of: datetime, *, owner: int | None, limit: int = 10_000) -> list[int]:
    """Root ids of those (of one owner's, if given) who were in class `source` SPAN ago and are in `target` now, at most
    `limit`."""
    if SchemeClass.objects.filter(scheme__key=key, key__in=[source, target]).count() < 2:
        return []
    pairs = _then_and_now(key, as_of, owner)
    both = pc.and_(pc.equal(pairs["then"], source), pc.equal(pairs["now"], target))
    ids: list[int] = pairs.column("id").filter(both)[:limit].to_pylist()
    return ids


def _then_and_now(key: str, as_of: datetime, owner: int | None) -> pa.Table:
    """Columns id, then, now, a row for each root that is here now."""
    known, before, ids = definitions(), as_of - SPAN, roots_of(owner)
    sides = {}
    for side, moment, past in (("then", before, True), ("now", as_of, False)):
        asked = asked_then(known, (), (key,), moment) if past else known
        answer = answered(asked.statement({}, (key,)), ids, moment, past=past)
        sides[side] = pa.table({"id": answer["id"], side: answer[f"c:{key}"].cast(pa.string())})
    return sides["now"].join(sides["then"], "id", join_type="left outer")
