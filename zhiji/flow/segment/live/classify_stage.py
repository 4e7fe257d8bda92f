"""The classify stage: of the facts that the log has got, find who is touched, ask what can have changed, settle it.

Everything runs under the lock of the pipeline's second half, so memberships have one writer. What touched a customer
tells which definitions to ask: those are compiled together, once for each thing that can touch (see
definitions/dependency_index.py). A tick without facts looks only for passed edges, by index: twice a second, and at
rest when the tick before foresaw one. When a day begins, the definitions that read a calendar are asked about
everyone. After downtime the first tick finds the edges of the whole gap and settles them at the moment it is now: what
would have come and gone meanwhile leaves no trace. Until the watermark `segment.paused` is taken away (a first load),
nothing is classified.

A turn that fails is tried again with nothing kept in memory. If it fails again, the definitions for which it does so
even when each is alone are set aside, and the turn is done for all others.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache

import structlog
from django.db import connection, transaction

from zhiji.flow.segment.definitions import dependency_index, measures, registry
from zhiji.flow.segment.definitions.dependency_index import Index
from zhiji.flow.segment.definitions.set_aside import set_aside
from zhiji.flow.segment.engine import resident
from zhiji.flow.segment.live import dirty_customers, log_blocks, membership_bitmap, turn
from zhiji.flow.segment.live.batch_changes import Cause
from zhiji.flow.segment.live.membership_update import Settlement
from zhiji.flow.segment.models import Trouble
from zhiji.kernel import clock, plans
from zhiji.kernel.culprits import in_parts, of_the_house
from zhiji.kernel.models import Watermark
from zhiji.kernel.pipeline import EDGE, Batch

log = structlog.get_logger()
TICK, BATCH, PAUSED = "segment.tick", "segment.batch", "segment.paused"
EVERY = timedelta(seconds=0.5)


def classify(batch: Batch) -> None:
    """The stage. Leaves Change objects in `batch.changes`."""
    if batch.latest and batch.latest > batch.as_of:
        dirty_customers.remember_ahead(batch.as_of)
    names = (TICK, PAUSED, registry.REVISION, membership_bitmap.MARK)
    marks = {one.name: one for one in Watermark.objects.filter(name__in=names)}
    if PAUSED in marks:
        _mark(batch, due=False)  # whoever ends the pause asks as of then: these facts had happened
        return
    tick = marks[TICK].at if TICK in marks else None
    due = tick is None or batch.as_of - tick >= EVERY
    if not (batch.count or due):
        EDGE.at = tick and tick + EVERY
        return
    revision, token = (
        (marks[name].fact_id or 0) if name in marks else 0 for name in (registry.REVISION, membership_bitmap.MARK)
    )
    try:
        with transaction.atomic():
            now = dependency_index.index(revision)
            _turn(batch, now, membership_bitmap.held(token), tick, due=due)
    except Exception as error:
        if of_the_house(error):
            raise
        log.exception("classification failed; trying again with nothing kept in memory")
        now = _turn_again(batch, tick, due=due)
    _set_aside_broken(now.known, tick or batch.as_of, batch.as_of)


def _turn(batch: Batch, now: Index, sets: membership_bitmap.Held, tick: datetime | None, *, due: bool) -> None:
    memory = resident.resident()
    memory.want(now.needs, batch.as_of)
    deciding = dirty_customers.Deciding()
    found = _found(now, batch, tick if due else None, sets, deciding.facts)
    _mark(batch, due=due)
    work = Settlement(
        batch.as_of,
        now.known,
        sets,
        causes(found),
        changes=batch.changes,
        facts=lambda definition: deciding.among(now.deciding[definition]),
        late=_late(batch, tick),
        single=log_blocks.LIVE,
    )
    if due and tick is not None and now.calendar and clock.day_of(tick) != clock.day_of(batch.as_of):
        turn.day_began(now, work)
    if found:
        turn.settle_all(now, work, found)
    work.save()
    turn.follow(now, work)
    EDGE.at = batch.as_of + EVERY if batch.count else _next_edge(now, batch.as_of)


def _next_edge(now: Index, as_of: datetime) -> datetime | None:
    """When the clock alone makes work again, before the loop would look anyway; None: not until then."""
    until = as_of + timedelta(seconds=EDGE.most)
    tomorrow = clock.days_before(as_of, -1)
    moments = (now.edges.next(as_of, until), dirty_customers.next_ahead(), tomorrow if now.calendar else None)
    return min((at for at in moments if at is not None and at <= until), default=None)


def _turn_again(batch: Batch, tick: datetime | None, *, due: bool) -> Index:
    """Do the turn with nothing kept in memory, or else without the definitions that can't be evaluated."""
    live = registry.definitions().live()
    everything = live.keys()

    def turn_of(names: Iterable[str], *, really: bool) -> Index:
        let_go()
        batch.changes.clear()
        with transaction.atomic():
            now = Index(live.only(set(names)))
            _turn(batch, now, membership_bitmap.held(), tick, due=due)
            transaction.set_rollback(not really)
        return now

    try:
        return turn_of(everything, really=True)
    except Exception as error:
        if of_the_house(error):
            raise
        turn_of((), really=False)  # what fails without any definition is a fact's doing: the pipeline finds which
        failed = in_parts(everything, lambda some: (turn_of(some, really=False), None)[1])
        if not failed:
            raise
        log.warning("definitions are set aside", definitions=sorted(failed), error=str(error))
        set_aside(failed, tick or batch.as_of, batch.as_of)
        return turn_of(set(everything) - failed.keys(), really=True)


def _set_aside_broken(known: registry.Definitions, since: datetime, now: datetime) -> None:
    """Set aside what can't even be read, once."""
    if known.broken:
        aside = set(Trouble.objects.values_list("of", flat=True))
        set_aside({name: error for name, error in known.broken.items() if name not in aside}, since, now)


def let_go() -> None:
    """Let go of everything that is kept in memory; it can all be made again."""
    for one in (registry, dependency_index, resident, membership_bitmap, measures, plans):
        one.let_go()


def _mark(batch: Batch, *, due: bool) -> None:
    """Say up to when edges were looked for, and as of when the last facts were classified."""
    names = [*([TICK] if due else []), *([BATCH] if batch.count else [])]
    if not names:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_watermark (name, at) SELECT unnest(%s::text[]), %s"
            " ON CONFLICT (name) DO UPDATE SET at = greatest(EXCLUDED.at, kernel_watermark.at)",
            [names, batch.as_of],
        )


def _late(batch: Batch, tick: datetime | None) -> Callable[[Cause], timedelta]:
    """How long ago, at most, a change may have been due: since the last tick, or since its facts came in."""
    of_facts = batch.as_of - batch.oldest if batch.oldest else timedelta(0)
    of_time = batch.as_of - tick if tick else timedelta(0)
    return lambda cause: of_time if cause in ("window", "day") else of_facts


def _found(
    now: Index, batch: Batch, tick: datetime | None, sets: membership_bitmap.Held, facts: dirty_customers.Facts
) -> dirty_customers.Touched:
    parts: list[dirty_customers.Touched] = []
    if batch.count:
        parts.append(dirty_customers.by_facts(now.facts, sets, facts, any_fact=now.any_fact))
    if tick is not None:
        parts.append(dirty_customers.crossed(now.edges.ranges(tick, batch.as_of), facts))
        parts.append(dirty_customers.reached(batch.as_of, facts))
    return dirty_customers.with_trees(dirty_customers.joined(*parts))


def causes(found: dirty_customers.Touched) -> Callable[[int], Cause]:
    """The cause that the log tells for a customer."""

    @cache
    def cause(root: int) -> Cause:
        reasons = found.get(root, set())
        if "merge" in reasons:
            return "merge"
        if any(not one.startswith("window:") and one not in dirty_customers.WORDS for one in reasons):
            return "attribute" if reasons <= dirty_customers.SPECIAL | dirty_customers.WORDS else "fact"
        if reasons & {"attribute", "tag", "consent"}:
            return "attribute"
        return "day" if "day" in reasons else "window" if any("window:" in one for one in reasons) else "fact"

    return cause
