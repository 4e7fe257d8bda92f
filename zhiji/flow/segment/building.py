"""A build: everyone classified from the lake in one go, then swapped in, a few definitions at a time.

The race with the live pipeline is settled so. First, without a lock, everyone is asked as of `as_of`, from at
least all facts up to the newest id W at the start. Those touched meanwhile (by a fact newer than W, or by a window's
edge that passed) are asked again, still without a lock, until few are left. Then, keeping the pipeline out for a
moment, so that nothing moves, the last of them are asked at the pipeline's tick, and the differences of some
definitions are written; the pipeline keeps those up to date from then on. It gets its turn, and the next follow.
Changes of attributes, tags and merges leave facts too: those logged meanwhile are newer than W, those still in the
inbox are met by the pipeline after the swap. If a definition was edited meanwhile, the build starts over; what was
swapped in by then is right, and stays.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from zhiji.flow.segment import measures, touched, wholesale
from zhiji.flow.segment.asking import Asked, Target
from zhiji.flow.segment.changes import Cause, Change
from zhiji.flow.segment.held import held
from zhiji.flow.segment.leafed import leafed
from zhiji.flow.segment.live import PAUSED, TICK
from zhiji.flow.segment.models import Scheme, Segment
from zhiji.flow.segment.settle import Settlement, settle
from zhiji.flow.segment.world import Definitions, advance, definitions, grouped, revision
from zhiji.kernel import pipeline
from zhiji.kernel.models import Watermark

Progress = Callable[[str, float], None]
MEASURED = 100_000  # customers whose measures are written at once
ROUNDS = 5  # of definitions that read the log of others
GROUP = 25  # definitions swapped in at once


class Cancelled(Exception):
    """The build was called off before it changed anything."""


@dataclass
class Built:
    """What a build changed, by definition ("segment:x", "scheme:y"), of how many customers, as of when.

    `single` is how many more changes get a line of their own, with reasons.
    """

    as_of: datetime
    customers: int
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    single: int = field(default_factory=lambda: wholesale.MOST)


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
    """Classify everyone. `progress(step, share)` may raise Cancelled as long as nothing is written.

    Definitions that read the log of what changed (how long somebody has been in it) are built after it.
    """
    total = Built(as_of, 0)
    wanted: Callable[[Definitions], Target] = lambda known: target_of(known, segments, schemes)  # noqa: E731
    for _ in range(ROUNDS):
        before = {key: dict(counts) for key, counts in total.counts.items()}
        _build(wanted, total, fire=fire, cause=cause, progress=progress)
        changed = {key for key, counts in total.counts.items() if counts != before.get(key)}
        if not (changed and followers(definitions(), changed).keys()):
            break
        wanted = partial(followers, changed=changed)
    progress("done", 1.0)
    return total


def followers(known: Definitions, changed: Collection[str]) -> Target:
    """The definitions that read the log of some that changed."""
    segments = [key for key, one in known.segments.items() if known.reads(one.node).log & set(changed)]
    return Target(
        tuple(segments), tuple(key for key in known.schemes if known.scheme_reads(key).log & set(changed)), whole=False
    )


def _build(
    wanted: Callable[[Definitions], Target], total: Built, *, fire: bool, cause: Cause, progress: Progress
) -> None:
    for _ in range(5):
        known = definitions()
        progress("asking", 0.1)
        asked = Asked.of(known, wanted(known), total.as_of)
        asked.catch_up()
        progress("swapping", 0.5)
        if _swap(asked, total, fire=fire, cause=cause):
            return
    raise Cancelled("the definitions were edited again and again while they were built; try once more")


def _swap(asked: Asked, total: Built, *, fire: bool, cause: Cause) -> bool:
    """Write the differences, some definitions at a time; False when the definitions are others by now."""
    keys = asked.target.keys()
    groups = [keys[at : at + GROUP] for at in range(0, len(keys), GROUP)] or [[]]
    expected = asked.known.revision
    if asked.measured is not None and not _keep_measures(asked, expected):
        return False
    for group in groups:
        found = _swap_group(asked, total, group, expected, fire=fire, cause=cause, last=group is groups[-1])
        if found is None:
            return False
        expected = found
    return True


def _keep_measures(asked: Asked, expected: int) -> bool:
    """Write everyone's measures, some customers at a time; those touched since are written at the end."""
    assert asked.measured is not None  # noqa: S101 - who calls has looked
    for part in asked.measured[1].sort_by("id").to_batches(max_chunksize=MEASURED):
        with _locked():
            if revision() != expected:
                return False
            table = pa.Table.from_batches([part])
            since = sorted(touched.joined(touched.since_fact(asked.newest)))
            if since:
                table = table.filter(pc.invert(pc.is_in(table.column("id"), pa.array(since, pa.int64()))))
            measures.keep(table, asked.moment)
    return True


@contextmanager
def _locked() -> Iterator[None]:
    """A transaction that keeps the pipeline out."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            pipeline.wait_for_both(cursor)
        yield


def _swap_group(
    asked: Asked, total: Built, group: list[str], expected: int, *, fire: bool, cause: Cause, last: bool
) -> int | None:
    """Swap these definitions in. Returns the definitions' revision afterwards, None when it isn't the expected."""
    with _locked():
        if revision() != expected:
            return None
        known = asked.known
        again = asked.again()
        moment = asked.moment
        work = Settlement(moment, known, held(), lambda _: cause, hand_on=fire, single=total.single)
        work.leafed = lambda whose: leafed(known, whose, moment, asked.leaves)
        wanted = asked.target.keys() if last and Watermark.objects.filter(name=PAUSED).exists() else group
        columns = ["id", *(f"v:{one}" if one.startswith("segment:") else f"c:{one[7:]}" for one in wanted)]
        settle(work, asked.statement, asked.answer.select(columns), None)
        work.save()
        if asked.measured is not None and again:
            roots = pa.array(again, pa.int64())
            measures.keep(asked.measured[1].filter(pc.is_in(asked.measured[1].column("id"), roots)), moment)
        fresh = _mark_built(known, group, moment, whole=last and asked.target.whole)
        if fire and work.changes:
            _hand_on(work.changes, moment)
        total.single = work.single
        total.as_of, total.customers = moment, asked.answer.num_rows
        _add(total.counts, work.counts)
        return revision() if fresh else expected


def _add(total: dict[str, dict[str, int]], counts: dict[str, dict[str, int]]) -> None:
    for key, some in counts.items():
        known = total.setdefault(key, {})
        for what, count in some.items():
            known[what] = known.get(what, 0) + count


def _mark_built(known: Definitions, group: list[str], moment: datetime, *, whole: bool) -> bool:
    """Say that these are built; answers whether one of them is live only now, which advances the revision."""
    segments, schemes = grouped(group)
    fresh = any(not known.segments[key].live for key in segments)
    fresh = fresh or any(not known.schemes[key].live for key in schemes)
    Segment.objects.filter(pk__in=[known.segments[key].id for key in segments]).update(built_at=moment)
    Scheme.objects.filter(pk__in=[known.schemes[key].id for key in schemes]).update(built_at=moment)
    Watermark.objects.get_or_create(name=TICK, defaults={"at": moment})
    if whole:
        Watermark.objects.filter(name=PAUSED).delete()
    if fresh:
        advance()
    return fresh


def _hand_on(changes: list[Change], moment: datetime) -> None:
    """Let the stages after classification act on these changes, as if a batch without facts had made them."""
    with connection.cursor() as cursor:
        cursor.execute(pipeline.NEW_BATCH)
    batch = pipeline.Batch(count=0, as_of=moment, changes=list(changes))
    for stage in pipeline.stages():
        if stage.position > pipeline.CLASSIFY:
            stage.run(batch)
