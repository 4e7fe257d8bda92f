"""The pipeline: accepted facts go through its stages in micro-batches, exactly once, in two halves.

What is told: a batch leaves the inbox, gets its customers, enters the log, and portraits and desks' rows take it in.
What follows: classes and rules look at what the log has got since the watermark FOLLOWED. Each half is a transaction
of its own under an advisory lock of its own: a crash leaves all of it or nothing, one worker is in it at a time while
others stand by, and the second half of one batch goes on beside the first half of the next. The second half sees the
database at one moment, so no portrait in it is newer than the facts.

The batch is the temporary table `batch`: (id, message_key, name, occurred_at, received_at, source_id,
customer_id, identity, also, properties, sealed, fact_id), the last being the fact's id in the log; in the second half
only what the log has is filled in. Stages read it with set-based SQL. It is made once per session and emptied by each
commit: making a table ten times a second costs more than a small batch does, and leaves dead rows in the catalogue.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from psycopg.types.json import Jsonb

from zhiji.kernel import clock
from zhiji.kernel.alone import alone
from zhiji.kernel.culprits import in_parts, of_the_house
from zhiji.kernel.deadlocks import atomic_again
from zhiji.kernel.facts import NewFact, key_of
from zhiji.kernel.models import Accepted, Fact, Watermark
from zhiji.kernel.registry import offered
from zhiji.kernel.rest import Alarm
from zhiji.kernel.setting_aside import OF_INBOX, OF_LOG, due, failed_again, set_aside
from zhiji.kernel.taking import ASIDE, FOLLOWED, INBOX, Found, take, take_again, take_next

TOLD, FOLLOWING = 0x7A68696A69, 0x666F6C6C6F77  # the locks of the halves: "zhiji", "follow"
LIMIT = 5_000
FAR = 10_000  # facts that are followed at once where so many wait: what a statement costs at all is shared by more
MANY = 1_000  # facts from whom on PostgreSQL is told how they are spread; of fewer it does the same anyway
EDGE = Alarm(most=4.0)  # of the second half, set by its stages: members are said to be behind from five seconds on
NEW_BATCH = """
    CREATE TEMP TABLE IF NOT EXISTS batch (
        id bigint, message_key uuid, name text, occurred_at timestamptz, received_at timestamptz, source_id integer,
        customer_id bigint, identity text, also text, properties jsonb, sealed bytea, fact_id bigint
    ) ON COMMIT DELETE ROWS
"""
EMPTY_BATCH = "DELETE FROM batch"  # it has rows only where several runs share one transaction


@dataclass
class Batch:
    """What a stage is given: how many facts, the moment, and what earlier stages left for later ones.

    `names` are those of the facts, so that a stage which looks for some of them asks nothing where there are none.
    In the second half, `oldest` is when the first of them was received, `latest` when the last of them happened.
    `changes` is filled by `segment` and read by `act`.
    """

    count: int
    as_of: datetime
    names: frozenset[str] = frozenset()
    oldest: datetime | None = None
    latest: datetime | None = None
    changes: list[Any] = field(default_factory=list)

    def know(self, cursor: Any, columns: str) -> None:
        """Tell PostgreSQL how these columns are spread, where the batch is large."""
        if self.count >= MANY:
            cursor.execute(f"ANALYZE batch ({columns})")

    def add(self, facts: Iterable[NewFact]) -> None:
        """Let facts that a stage before the log found out, of customers by id, join the batch."""
        now = self.as_of
        rows: list[tuple[Any, ...]] = [
            (key_of(one), one.name, one.occurred_at, now, one.source_id, one.customer_id, Jsonb(dict(one.properties)))
            for one in facts
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO batch (message_key, name, occurred_at, received_at, source_id, customer_id, properties,"
                " fact_id) VALUES (%s, %s, %s, %s, %s, %s, %s, nextval('kernel_fact_id_seq'))",
                rows,
            )
        self.count += len(rows)
        self.names |= {name for _, name, *_ in rows}


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline, run inside the transaction of its half.

    `position`: RESOLVE gives every row its customer; SEAL puts what came sealed under the customer's key; the kernel
    then logs the facts; PROFILE updates portraits; ABSORB lets desks keep working rows of what they learn. In the
    second half, which also runs on an idle tick (`count == 0`), CLASSIFY finds membership changes; ACT turns changes
    and facts into rule entries.

    A stage that keeps something in memory forgets it by `let_go`, which is called after a half has failed. `label`
    names it on screens.
    """

    offered_in: ClassVar[str] = "stages"
    kept_when_off: ClassVar[bool] = True
    position: int
    name: str
    run: Callable[[Batch], None]
    let_go: Callable[[], None] = lambda: None
    label: str | Promise = ""


RESOLVE, SEAL, LOG, PROFILE, ABSORB, CLASSIFY, ACT = 10, 15, 20, 30, 40, 50, 60


def run_once(limit: int = LIMIT, as_of: datetime | None = None) -> int | None:
    """Both halves, one after the other, of at most `limit` facts each. Returns the larger number of facts, or None if
    other workers are at both.
    """
    counts = [count for half in (tell_once, follow_once) if (count := half(limit, as_of)) is not None]
    return max(counts, default=None)


def tell_once(limit: int = LIMIT, as_of: datetime | None = None) -> int | None:
    """Take at most `limit` facts from the inbox to the log. Returns how many, or None if another worker is at it.

    A fact that makes a stage fail is set aside, and the others are told.
    """
    moment = as_of or clock.now()
    try:
        return _tell(INBOX, limit, moment)
    except Exception as error:
        if of_the_house(error):
            raise
    ids = list(Accepted.objects.order_by("id").values_list("id", flat=True)[:limit])
    return sum(_each(ids, lambda some: _tell(INBOX, some, moment, wait=True), OF_INBOX, moment))


def follow_once(limit: int = FAR, as_of: datetime | None = None) -> int | None:
    """Let classes and rules look at the next of the log's facts, at most `limit`, and at the clock. Returns how many
    facts, or None if another worker is at it.

    A fact that makes a stage fail is set aside, and they look at the others. Where they fail without facts, no fact is
    the cause, and the error is raised.
    """
    moment = as_of or clock.now()
    with alone(FOLLOWING) as mine:
        if not mine:
            return None
        try:
            return _follow(lambda cursor: take_next(cursor, limit), moment)
        except Exception as error:
            if of_the_house(error):
                raise
            _follow(lambda cursor: [], moment)
            done = Watermark.objects.filter(name=FOLLOWED).values_list("fact_id", flat=True).first() or 0
            ids = list(Fact.objects.filter(pk__gt=done).order_by("pk").values_list("pk", flat=True)[:limit])

            def look(some: list[int]) -> int:
                return _follow(lambda cursor: take_next(cursor, len(some), some[-1]), moment)

            return sum(_each(ids, look, OF_LOG, moment))


def try_again(limit: int = LIMIT, as_of: datetime | None = None) -> int:
    """Try the facts that were set aside and are due, in both halves. Returns how many were looked at."""
    moment = as_of or clock.now()

    def tell(some: list[int]) -> None:
        _tell(ASIDE, some, moment, wait=True)

    def look(some: list[int]) -> None:
        _follow(lambda cursor: take_again(cursor, some), moment)

    untold, unseen = (due(moment, limit, logged=logged) for logged in (False, True))
    failed = in_parts(untold, tell) if untold else {}
    if unseen:
        with alone(FOLLOWING, wait=True):
            _follow(lambda cursor: [], moment)
            failed |= in_parts(unseen, look)
    for row, error in failed.items():
        failed_again(row, error, moment)
    return len(untold) + len(unseen)


def _each(ids: list[int], act: Callable[[list[int]], int | None], how: str, moment: datetime) -> Iterator[int]:
    """Act for all of these facts in their order, in ever smaller parts where it fails; set aside at once who fails
    alone. Gives how many each part had.
    """
    counts: list[int] = []

    def some(part: list[int]) -> None:
        try:
            counts.append(act(part) or 0)
        except Exception as error:
            if len(part) > 1 or of_the_house(error):
                raise
            with transaction.atomic():
                set_aside(how, part[0], error, moment)
                if how is OF_LOG:
                    follow_from(part[0])

    in_parts(ids, some)
    yield from counts


def _tell(table: str, which: int | list[int], moment: datetime, *, wait: bool = False) -> int | None:
    """Take facts from a table to the log in one transaction; None if another worker is at it and we don't wait."""
    within = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_xact_lock(%s)", [TOLD])
        if cursor.fetchone() == (False,):
            return None
        _empty(cursor, within)
        taken = take(cursor, table, which)
        batch = Batch(sum(taken.values()), moment, frozenset(taken))
        batch.know(cursor, "id, name, customer_id, identity, also, fact_id")
        if taken:
            _run(batch, [stage for stage in stages() if stage.position < CLASSIFY])
    return batch.count


def _follow(taking: Callable[[Any], Found], moment: datetime) -> int:
    """The second half for the facts that `taking` puts into the batch, in one transaction; who fails forgets."""
    within = connection.in_atomic_block  # of another transaction the moment that is seen can't be chosen

    @atomic_again
    def half() -> int:
        with connection.cursor() as cursor:
            if not within:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            _empty(cursor, within)
            found = taking(cursor)
            batch = Batch(
                sum(count for _, count, _, _ in found),
                moment,
                frozenset(name for name, *_ in found),
                min((received for _, _, received, _ in found), default=None),
                max((occurred for *_, occurred in found), default=None),
            )
            batch.know(cursor, "name, customer_id, fact_id")
        _run(batch, [stage for stage in stages() if stage.position >= CLASSIFY])
        return batch.count

    try:
        return half()
    except Exception:
        for stage in stages():
            stage.let_go()
        raise


def _run(batch: Batch, some: Iterable[Stage]) -> None:
    """Run these stages; an error carries the name of the one that raised it as its first note."""
    for stage in some:
        try:
            stage.run(batch)
        except Exception as error:
            error.add_note(stage.name)
            raise


def wait_for_both(cursor: Any) -> None:
    """Keep both halves out until the caller's transaction ends."""
    for half in (TOLD, FOLLOWING):
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [half])


def stages() -> list[Stage]:
    """Every stage in order, the kernel's own among them."""
    return sorted(
        [*offered(Stage), Stage(LOG, "log", _log, label=gettext_lazy("写入行为"))], key=lambda stage: stage.position
    )


def _empty(cursor: Any, within: bool) -> None:
    """See that an empty batch is there; of `within` another transaction it may have rows."""
    cursor.execute("SELECT to_regclass('pg_temp.batch')")
    (table,) = cursor.fetchone()
    if not table:
        cursor.execute(NEW_BATCH)
    elif within:
        cursor.execute(EMPTY_BATCH)


def follow_from(fact_id: int) -> None:
    """Let classes and rules look at the facts after this one next, in the caller's transaction."""
    Watermark.objects.update_or_create(name=FOLLOWED, defaults={"fact_id": fact_id})


def _log(batch: Batch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kernel_fact
                (id, message_key, name, customer_id, occurred_at, received_at, source_id, properties)
            SELECT fact_id, message_key, name, customer_id, occurred_at, received_at, source_id, properties
            FROM batch ORDER BY fact_id
            """
        )
