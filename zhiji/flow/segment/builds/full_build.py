"""A build: everyone classified from the lake in one go, then swapped in, a few definitions at a time.

The race with the live pipeline is settled so. First, without a lock, everyone is asked as of `as_of`, from at
least all facts up to the newest id W at the start. Those touched meanwhile (by a fact newer than W, or by a window's
edge that passed) are asked again, still without a lock, until few are left. Then, keeping the pipeline out for a
moment, so that nothing moves, the last of them are asked at the pipeline's tick, and the differences of some
definitions are written; the pipeline keeps those up to date from then on. It gets its turn, and the next follow.
Changes of attributes, tags and merges leave facts too: those logged meanwhile are newer than W, those still in the
inbox are met by the pipeline after the swap. A definition that was edited meanwhile is left out and asked again; one
that can't be evaluated is set aside; neither keeps the others waiting.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from zhiji.flow.segment.builds.population_scan import MEASURES, Asked
from zhiji.flow.segment.definitions import measures
from zhiji.flow.segment.definitions.registry import Definitions, advance, definitions, grouped
from zhiji.flow.segment.definitions.set_aside import set_aside
from zhiji.flow.segment.live import dirty_customers, log_blocks
from zhiji.flow.segment.live.batch_changes import Cause, Change
from zhiji.flow.segment.live.classify_stage import PAUSED, TICK
from zhiji.flow.segment.live.leaves_asked import leafed
from zhiji.flow.segment.live.membership_bitmap import held
from zhiji.flow.segment.live.membership_update import Settlement, settle
from zhiji.flow.segment.models import Scheme, Segment, Trouble
from zhiji.kernel import pipeline
from zhiji.kernel.culprits import in_parts
from zhiji.kernel.models import Watermark

BUILDING = 0x6275696C64  # the lock: "build"
MEASURED = 100_000  # customers whose measures are written at once
ROUNDS = 5  # of definitions that read the log of others
GROUP = 25  # definitions swapped in at once


class Cancelled(Exception):
    """The build was called off before it changed anything."""


@dataclass
class Built:
    """What a build changed, by definition ("segment:x", "scheme:y"), of how many customers, as of when.

    `left` were edited while they were asked, `failed` can't be evaluated. `single` is how many more changes get a line
    of their own, with reasons.
    """

    as_of: datetime
    customers: int
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    failed: dict[str, Exception] = field(default_factory=dict)
    single: int = field(default_factory=lambda: log_blocks.MOST)


@dataclass(frozen=True)
class How:
    """How to build: whether entrants and leavers set rules off (and how long ago, at most, they may have been due),
    what the log says, whom to tell how far it is.

    `progress(step, share)` may raise Cancelled; `wanted()` tells, when some could be swapped in, which still are to be;
    None is all.
    """

    fire: bool
    cause: Cause
    progress: Callable[[str, float], None] = lambda step, share: None
    wanted: Callable[[], Collection[str] | None] = lambda: None
    late: timedelta = timedelta(0)


def target_of(known: Definitions, segments: Iterable[str] | None, schemes: Iterable[str] | None) -> list[str]:
    """These definitions and all that refer to them; both None is everything."""
    if segments is None and schemes is None:
        return [*known.keys(), *known.broken, MEASURES]
    wanted, wanted_schemes = set(segments or ()), set(schemes or ())
    for key, one in known.segments.items():
        read = known.reads(one.node)
        if read.segments & wanted or read.schemes & wanted_schemes:
            wanted.add(key)
    for key in known.schemes:
        read = known.scheme_reads(key)
        if read.segments & wanted or read.schemes & wanted_schemes:
            wanted_schemes.add(key)
    named = [*(f"scheme:{key}" for key in sorted(wanted_schemes)), *(f"segment:{key}" for key in sorted(wanted))]
    return [one for one in named if known.said(one) is not None or one in known.broken]


def build(
    how: How,
    as_of: datetime,
    *,
    segments: Iterable[str] | None = None,
    schemes: Iterable[str] | None = None,
    again: int = 1,
) -> Built:
    """Classify everyone, at most `again` times those that are edited meanwhile. Who calls is `alone(BUILDING)`.

    Definitions that read the log of what changed (how long somebody has been in it) are built after it.
    """
    total = Built(as_of, 0)
    wanted: Callable[[Definitions], list[str]] = partial(target_of, segments=segments, schemes=schemes)
    for _ in range(ROUNDS):
        before = {key: dict(counts) for key, counts in total.counts.items()}
        known = definitions()
        keys = wanted(known)
        for _ in range(again):
            left = _once(known, keys, total, how)
            known = definitions()
            keys = [key for key in left if known.said(key) is not None]
            if not keys:
                break
        total.left |= set(keys)
        changed = {key for key, counts in total.counts.items() if counts != before.get(key)}
        if not (changed and followers(definitions(), changed)):
            break
        wanted = partial(followers, changed=changed)
    how.progress("done", 1.0)
    return total


def followers(known: Definitions, changed: Collection[str]) -> list[str]:
    """The definitions that read the log of some that changed."""
    segments = [key for key, one in known.segments.items() if known.reads(one.node).log & set(changed)]
    schemes = [key for key in known.schemes if known.scheme_reads(key).log & set(changed)]
    return [*(f"scheme:{key}" for key in schemes), *(f"segment:{key}" for key in segments)]


def _once(known: Definitions, keys: list[str], total: Built, how: How) -> list[str]:
    """Ask everyone and swap in. Returns what was edited meanwhile."""
    parts: list[Asked] = []
    failed: dict[str, Exception] = {key: known.broken[key] for key in keys if key in known.broken}

    def ask(some: list[str]) -> None:
        asked = Asked.of(known, some, total.as_of)
        asked.catch_up()
        parts.append(asked)

    how.progress("asking", 0.1)
    failed |= in_parts([key for key in keys if key not in failed], ask)
    how.progress("swapping", 0.5)
    left: list[str] = []
    for asked in parts:
        failed |= _swap(asked, total, how, left)
    if MEASURES in keys:
        _end_pause(parts, total, how)
    _set_aside(failed, total.as_of)
    total.failed |= failed
    return left


def _swap(asked: Asked, total: Built, how: How, left: list[str]) -> dict[str, Exception]:
    """Write the differences, some definitions at a time. Returns those for whom it fails."""
    keys = [key for key in asked.keys if key != MEASURES]
    groups = [keys[at : at + GROUP] for at in range(0, len(keys), GROUP)] or [[]]
    failed: dict[str, Exception] = {}
    if asked.measured is not None:
        failed |= in_parts([MEASURES], lambda _: _keep_measures(asked))
    for at, group in enumerate(groups):
        how.progress("swapping", 0.5 + 0.5 * at / len(groups))
        failed |= in_parts(group, lambda some: left.extend(_swap_group(asked, total, some, how)))
    return failed


def _keep_measures(asked: Asked) -> None:
    """Write everyone's measures, some customers at a time, and again those of who is touched meanwhile."""
    assert asked.measured is not None  # noqa: S101 - who calls has looked
    for part in asked.measured.sort_by("id").to_batches(max_chunksize=MEASURED):
        with _locked():
            table = pa.Table.from_batches([part])
            since = sorted(dirty_customers.joined(dirty_customers.since_fact(asked.newest)))
            if since:
                table = table.filter(pc.invert(pc.is_in(table.column("id"), pa.array(since, pa.int64()))))
            measures.keep(table, asked.moment)


@contextmanager
def _locked() -> Iterator[None]:
    """A transaction that keeps the pipeline out."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            pipeline.wait_for_both(cursor)
        yield


def _swap_group(asked: Asked, total: Built, group: list[str], how: How) -> list[str]:
    """Swap these definitions in, but for those that nobody wants any more. Returns those that were edited meanwhile."""
    with _locked():
        segments, schemes = grouped(group)
        for model, keys in ((Segment, segments), (Scheme, schemes)):  # whoever edits one of them has done so, or waits
            list(model.objects.filter(key__in=keys).order_by("pk").select_for_update().values_list("pk"))
        now, asked_for = definitions(), how.wanted()
        wanted = [key for key in group if now.said(key) is not None and (asked_for is None or key in asked_for)]
        same = [key for key in wanted if now.said(key) == asked.known.said(key)]
        work = _settle(asked, now, same, total, how)
        _mark_built(now, same, asked.moment)
        if how.fire and work.changes:
            _hand_on(work.changes, asked.moment)
    _add(total, asked, work)
    return [key for key in wanted if key not in same]


def _settle(asked: Asked, now: Definitions, keys: list[str], total: Built, how: How) -> Settlement:
    """Ask those touched meanwhile again, and write the differences of these definitions and of measures."""
    again, moment = asked.again(), asked.moment
    if asked.measured is not None and again:
        theirs = pc.is_in(asked.measured.column("id"), pa.array(again, pa.int64()))
        measures.keep(asked.measured.filter(theirs), moment)
    work = Settlement(moment, now, held(), lambda _: how.cause, hand_on=how.fire, single=total.single)
    work.late = lambda _: how.late
    work.leafed = lambda whose: leafed(now, whose, moment, asked.leaves)
    columns = ["id", *(f"v:{one}" if one.startswith("segment:") else f"c:{one[7:]}" for one in keys)]
    settle(work, asked.statement, asked.answer.select(columns), None)
    work.save()
    return work


def _end_pause(parts: list[Asked], total: Built, how: How) -> None:
    """After a first load: bring all in line with one moment, as nothing kept it up meanwhile, and let the pipeline go
    on from there.
    """
    if not Watermark.objects.filter(name=PAUSED).exists():
        return
    with _locked():
        now = definitions()
        for asked in parts:
            same = [key for key in asked.keys if key != MEASURES and now.said(key) == asked.known.said(key)]
            _add(total, asked, _settle(asked, now, same, total, how))
        Watermark.objects.filter(name=PAUSED).delete()


def _add(total: Built, asked: Asked, work: Settlement) -> None:
    total.single, total.as_of, total.customers = work.single, asked.moment, asked.answer.num_rows
    for key, some in work.counts.items():
        known = total.counts.setdefault(key, {})
        for what, count in some.items():
            known[what] = known.get(what, 0) + count


def _mark_built(known: Definitions, group: list[str], moment: datetime) -> None:
    """Say that these are built; if one of them is kept up only from now on, the revision is advanced."""
    segments, schemes = grouped(group)
    fresh = any(not known.segments[key].live for key in segments)
    fresh = fresh or any(not known.schemes[key].live for key in schemes)
    Segment.objects.filter(pk__in=[known.segments[key].id for key in segments]).update(built_at=moment)
    Scheme.objects.filter(pk__in=[known.schemes[key].id for key in schemes]).update(built_at=moment)
    Watermark.objects.get_or_create(name=TICK, defaults={"at": moment})
    if fresh:
        Trouble.objects.filter(of__in=group).delete()
        advance()


def _set_aside(failed: dict[str, Exception], since: datetime) -> None:
    """Of what failed, set aside what isn't kept up; what is, stays so."""
    known = definitions()
    live = set(known.live().keys())
    aside = {key: error for key, error in failed.items() if key != MEASURES and key not in live}
    if aside:
        with transaction.atomic():
            set_aside(aside, since, since)


def _hand_on(changes: list[Change], moment: datetime) -> None:
    """Let the stages after classification act on these changes, as if a batch without facts had made them."""
    with connection.cursor() as cursor:
        cursor.execute(pipeline.NEW_BATCH)
    batch = pipeline.Batch(count=0, as_of=moment, changes=list(changes))
    for stage in pipeline.stages():
        if stage.position > pipeline.CLASSIFY:
            stage.run(batch)
