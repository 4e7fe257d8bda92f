"""A build: everyone classified from the lake in one go, then swapped in.

The race with the live pipeline is settled so. First, without a lock, everyone is asked as of `as_of`, from at
least all facts up to the newest id W at the start. Then, holding the pipeline's lock, so that nothing moves,
those who have a fact newer than W, and those for whom a window's edge passed between `as_of` and the
pipeline's last tick, are asked again at that tick, and the differences are written. Changes of attributes,
tags and merges leave facts too: those logged meanwhile are newer than W, those still in the inbox are met by the
pipeline after the swap. If a definition was edited meanwhile, the build starts over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from zhiji.flow.segment import measures, touched
from zhiji.flow.segment.changes import Cause, Change
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.engine.slices import everyone, few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.live import PAUSED, TICK
from zhiji.flow.segment.models import Scheme, Segment
from zhiji.flow.segment.reasons import Reasons
from zhiji.flow.segment.settle import Settlement, settle
from zhiji.flow.segment.world import Definitions, advance, definitions, revision
from zhiji.kernel import pipeline
from zhiji.kernel.models import Watermark

Progress = Callable[[str, float], None]
CHUNK = 5_000
_SIZES = (
    "UPDATE segment_segment s SET size = (SELECT count(*) FROM segment_segmentmembership m WHERE m.segment_id = s.id)"
    " WHERE id = ANY(%s)",
    "UPDATE segment_schemeclass k SET size ="
    " (SELECT count(*) FROM segment_classification c WHERE c.scheme_class_id = k.id) WHERE k.scheme_id = ANY(%s)",
)


class Cancelled(Exception):
    """The build was called off before it changed anything."""


@dataclass(frozen=True)
class Target:
    """What to build: keys of segments and schemes, with every live definition that refers to them."""

    segments: tuple[str, ...]
    schemes: tuple[str, ...]
    whole: bool = True

    def trees(self, known: Definitions) -> dict[str, Node]:
        return {f"segment:{key}": known.segments[key].node for key in self.segments}


@dataclass
class Built:
    """What a build changed, by definition ("segment:x", "scheme:y"), of how many customers, as of when."""

    as_of: datetime
    customers: int
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def target_of(known: Definitions, segments: Iterable[str] | None, schemes: Iterable[str] | None) -> Target:
    """These definitions and all that refer to them; both None is everything."""
    if segments is None and schemes is None:
        return Target(tuple(known.segments), tuple(known.schemes))
    wanted, wanted_schemes = set(segments or ()), set(schemes or ())
    for key, one in known.segments.items():
        read = known.reads(one.node)
        if read.segments & wanted or read.schemes & wanted_schemes:
            wanted.add(key)
    for key in known.schemes:
        read = known.scheme_reads(key)
        if read.segments & wanted or read.schemes & wanted_schemes:
            wanted_schemes.add(key)
    return Target(tuple(sorted(wanted)), tuple(sorted(wanted_schemes)), whole=False)


def build(
    *,
    as_of: datetime,
    fire: bool,
    cause: Cause,
    segments: Iterable[str] | None = None,
    schemes: Iterable[str] | None = None,
    progress: Progress = lambda step, share: None,
) -> Built:
    """Classify everyone. `progress(step, share)` may raise Cancelled as long as nothing is written."""
    for _ in range(5):
        known = definitions()
        target = target_of(known, segments, schemes)
        newest = _newest_fact()
        progress("asking", 0.1)
        statement = known.statement(target.trees(known), target.schemes)
        answer = run(statement, everyone(statement.needs, as_of), as_of)
        measured = _measured(known, as_of) if target.whole else None
        progress("swapping", 0.5)
        built = _swap(known, target, statement, answer, measured, newest, as_of, fire=fire, cause=cause)
        if built is not None:
            progress("done", 1.0)
            return built
    raise Cancelled("the definitions were edited again and again while they were built; try once more")


def _newest_fact() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM kernel_fact")
        return int(cursor.fetchone()[0])


def _measured(known: Definitions, as_of: datetime) -> tuple[Statement, pa.Table]:
    statement = measures.statement(known.world)
    return statement, run(statement, everyone(statement.needs, as_of), as_of)


@transaction.atomic
def _swap(
    known: Definitions,
    target: Target,
    statement: Statement,
    answer: pa.Table,
    measured: tuple[Statement, pa.Table] | None,
    newest: int,
    as_of: datetime,
    *,
    fire: bool,
    cause: Cause,
) -> Built | None:
    """Write the differences under the pipeline's lock; None when the definitions are others by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [pipeline.LOCK])
    if revision() != known.revision:
        return None
    tick = Watermark.objects.filter(name=TICK).values_list("at", flat=True).first()
    moment = max(as_of, tick) if tick else as_of
    needs = [statement.needs] + ([measured[0].needs] if measured else [])
    passed = touched.crossed(touched.Edges(tuple(needs)).ranges(as_of, moment)) if moment > as_of else {}
    again = sorted(touched.joined(touched.since_fact(newest), passed))
    answer = _asked_again(statement, answer, again, moment)

    leaved = known.statement(target.trees(known), target.schemes, with_leaves=True)

    def leafed(chunk: list[int]) -> Reasons:
        return Reasons(leaved, run(leaved, few(leaved.needs, chunk, moment), moment), known.names)

    work = Settlement(moment, known, lambda _: cause, hand_on=fire, leafed=leafed)
    settle(work, statement, answer, None)
    if measured is not None:
        measures.keep(_asked_again(measured[0], measured[1], again, moment), moment)
    _mark_built(known, target, moment, tick)
    if fire and work.changes:
        _hand_on(work.changes, moment)
    return Built(moment, answer.num_rows, work.counts)


def _asked_again(statement: Statement, answer: pa.Table, roots: list[int], moment: datetime) -> pa.Table:
    """The answer with these roots' rows as of `moment`."""
    if not roots:
        return answer
    parts = [answer.filter(pc.invert(pc.is_in(answer.column("id"), pa.array(roots))))]
    for at in range(0, len(roots), CHUNK):
        parts.append(run(statement, few(statement.needs, roots[at : at + CHUNK], moment), moment))
    return pa.concat_tables([part.cast(answer.schema) for part in parts])


def _mark_built(known: Definitions, target: Target, moment: datetime, tick: datetime | None) -> None:
    segment_ids = [known.segments[key].id for key in target.segments]
    scheme_ids = [known.schemes[key].id for key in target.schemes]
    with connection.cursor() as cursor:
        for sql, ids in zip(_SIZES, (segment_ids, scheme_ids), strict=True):
            cursor.execute(sql, [ids])
    fresh = any(not known.segments[key].live for key in target.segments)
    fresh = fresh or any(not known.schemes[key].live for key in target.schemes)
    Segment.objects.filter(pk__in=segment_ids).update(built_at=moment)
    Scheme.objects.filter(pk__in=scheme_ids).update(built_at=moment)
    if tick is None:
        Watermark.objects.create(name=TICK, at=moment)
    if target.whole:
        Watermark.objects.filter(name=PAUSED).delete()
    if fresh:
        advance()


def _hand_on(changes: list[Change], moment: datetime) -> None:
    """Let the stages after classification act on these changes, as if a batch without facts had made them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS batch ON COMMIT DROP AS"
            " SELECT kernel_accepted.*, NULL::bigint AS fact_id FROM kernel_accepted WITH NO DATA"
        )
    batch = pipeline.Batch(count=0, as_of=moment, changes=list(changes))
    for stage in pipeline.stages():
        if stage.position > pipeline.CLASSIFY:
            stage.run(batch)
