"""A build: everyone classified from the lake in one go, then swapped in, a few definitions at a time.

The race with the live pipeline is settled so. First, without a lock, everyone is asked as of `as_of`, from at
least all facts up to the newest id W at the start. Those touched meanwhile (by a fact newer than W, or by a window's
edge that passed) are asked again, still without a lock, until few are left. Then, holding the pipeline's lock for a
moment, so that nothing moves, the last of them are asked at the pipeline's tick, and the differences of some
definitions are written; the pipeline keeps those up to date from then on. It gets its turn, and the next follow.
Changes of attributes, tags and merges leave facts too: those logged meanwhile are newer than W, those still in the
inbox are met by the pipeline after the swap. If a definition was edited meanwhile, the build starts over; what was
swapped in by then is right, and stays.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from zhiji.flow.segment import measures, touched
from zhiji.flow.segment.changes import Cause, Change
from zhiji.flow.segment.conditions import Node
from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.engine.slices import everyone, few, run
from zhiji.flow.segment.engine.statement import Statement
from zhiji.flow.segment.held import held
from zhiji.flow.segment.index import index
from zhiji.flow.segment.leafed import leafed
from zhiji.flow.segment.live import BATCH, PAUSED, ROUNDS, TICK
from zhiji.flow.segment.models import Scheme, Segment
from zhiji.flow.segment.settle import Settlement, grouped, settle
from zhiji.flow.segment.world import Definitions, advance, definitions, revision
from zhiji.kernel import pipeline
from zhiji.kernel.models import Watermark

Progress = Callable[[str, float], None]
CHUNK = 5_000
MEASURED = 100_000  # customers whose measures are written at once
GROUP = 25  # definitions swapped in at once
SOON = 2_000  # touched customers few enough to be asked again under the lock


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
    total = Built(as_of, 0)
    for _ in range(5):
        known = definitions()
        target = target_of(known, segments, schemes)
        progress("asking", 0.1)
        asked = Asked.of(known, target, as_of)
        asked.catch_up()
        progress("swapping", 0.5)
        if _swap(asked, total, fire=fire, cause=cause):
            _follow(total, fire=fire, cause=cause)
            progress("done", 1.0)
            return total
    raise Cancelled("the definitions were edited again and again while they were built; try once more")


def _follow(total: Built, *, fire: bool, cause: Cause) -> None:
    """Build the live definitions that read the log of those that have just been built: it tells more by now."""
    moved = set(total.counts)
    for _ in range(ROUNDS):
        known = definitions()
        now = index(known.revision)
        keys = frozenset[str]().union(*(now.followers.get(key, frozenset()) for key in moved))
        if not keys:
            return
        segments, schemes = grouped(keys)
        asked = Asked.of(known, Target(tuple(segments), tuple(schemes), whole=False), total.as_of)
        asked.catch_up()
        followed = Built(total.as_of, total.customers)
        if not _swap(asked, followed, fire=fire, cause=cause):
            continue
        for key, counts in followed.counts.items():
            before = total.counts.get(key, {})
            total.counts[key] = {name: before.get(name, 0) + count for name, count in counts.items()}
        moved = set(followed.counts)


def _newest_fact() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM kernel_fact")
        return int(cursor.fetchone()[0])


@dataclass
class Asked:
    """Everyone's answers: `moment` and `newest` (fact id) tell from when on somebody may have been touched."""

    known: Definitions
    target: Target
    moment: datetime
    newest: int
    statement: Statement
    answer: pa.Table
    measured: tuple[Statement, pa.Table] | None
    edges: touched.Edges

    @classmethod
    def of(cls, known: Definitions, target: Target, as_of: datetime) -> "Asked":
        newest = _newest_fact()
        statement = known.statement(target.trees(known), target.schemes)
        measured, parts = None, [statement]
        if target.whole:
            parts.append(measures.statement(known.world))
        tables = everyone(_needs(parts), as_of)
        answer = run(statement, tables, as_of)
        if target.whole:
            measured = (parts[1], run(parts[1], tables, as_of))
        edges = touched.Edges(tuple(one.needs for one in parts))
        return cls(known, target, as_of, newest, statement, answer, measured, edges)

    def keys(self) -> list[str]:
        """The definitions that are built."""
        schemes = [f"scheme:{key}" for key in self.target.schemes]
        return schemes + [f"segment:{key}" for key in self.target.segments]

    def leaves(self) -> Statement:
        """The statement with leaves."""
        return self.known.statement(self.target.trees(self.known), self.target.schemes, with_leaves=True)

    def catch_up(self) -> None:
        """Ask those touched meanwhile again, until only few were touched while the last were asked."""
        for _ in range(4):
            if len(self.again()) <= SOON:
                return

    def again(self) -> list[int]:
        """Ask those touched since `moment` again, as of the pipeline's last tick. Returns who they were."""
        newest = _newest_fact()
        ticks = Watermark.objects.filter(name__in=(TICK, BATCH), at__isnull=False).values_list("at", flat=True)
        moment = max([self.moment, *(at for at in ticks if at)])
        passed = touched.crossed(self.edges.ranges(self.moment, moment)) if moment > self.moment else {}
        roots = sorted(touched.joined(touched.since_fact(self.newest), passed))
        self.answer = _asked_again(self.statement, self.answer, roots, moment)
        if self.measured is not None:
            self.measured = (self.measured[0], _asked_again(*self.measured, roots, moment))
        self.moment, self.newest = moment, newest
        return roots


def _needs(parts: Sequence[Statement]) -> Needs:
    return parts[0].needs if len(parts) == 1 else parts[0].needs.with_tables_of(parts[1].needs)


def _swap(asked: Asked, total: Built, *, fire: bool, cause: Cause) -> bool:
    """Write the differences, some definitions at a time; False when the definitions are others by now."""
    keys = asked.keys()
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
    """A transaction that holds the pipeline's lock."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [pipeline.LOCK])
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
        work = Settlement(moment, known, held(), lambda _: cause, hand_on=fire)
        work.leafed = lambda whose: leafed(known, whose, moment, asked.leaves)
        wanted = asked.keys() if last and Watermark.objects.filter(name=PAUSED).exists() else group
        columns = ["id", *(f"v:{one}" if one.startswith("segment:") else f"c:{one[7:]}" for one in wanted)]
        settle(work, asked.statement, asked.answer.select(columns), None)
        work.save()
        if asked.measured is not None and again:
            roots = pa.array(again, pa.int64())
            measures.keep(asked.measured[1].filter(pc.is_in(asked.measured[1].column("id"), roots)), moment)
        fresh = _mark_built(known, group, moment, whole=last and asked.target.whole)
        if fire and work.changes:
            _hand_on(work.changes, moment)
        total.as_of, total.customers = moment, asked.answer.num_rows
        total.counts.update(work.counts)
        return revision() if fresh else expected


def _asked_again(statement: Statement, answer: pa.Table, roots: list[int], moment: datetime) -> pa.Table:
    """The answer with these roots' rows as of `moment`."""
    if not roots:
        return answer
    parts = [answer.filter(pc.invert(pc.is_in(answer.column("id"), pa.array(roots, pa.int64()))))]
    for at in range(0, len(roots), CHUNK):
        parts.append(run(statement, few(statement.needs, roots[at : at + CHUNK], moment), moment))
    return pa.concat_tables([part.cast(answer.schema) for part in parts])


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
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS batch ON COMMIT DROP AS"
            " SELECT kernel_accepted.*, NULL::bigint AS fact_id FROM kernel_accepted WITH NO DATA"
        )
    batch = pipeline.Batch(count=0, as_of=moment, changes=list(changes))
    for stage in pipeline.stages():
        if stage.position > pipeline.CLASSIFY:
            stage.run(batch)
