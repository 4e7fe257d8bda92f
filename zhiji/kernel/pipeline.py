"""The pipeline: takes accepted facts in micro-batches, exactly once, through the stages.

One transaction holds everything a batch does: it leaves the inbox, gets its customers, enters the log, and
each stage changes what follows from it. A crash at any point leaves either all of it or nothing. An advisory
lock lets one worker in at a time; others stand by.

The batch is the temporary table `batch`: (id, message_key, name, occurred_at, received_at, source_id,
customer_id, identity, also, properties, sealed, fact_id), the last being the fact's id in the log. Stages read it with
set-based SQL. It is made once per session and emptied by each commit: making a table ten times a second costs more
than a small batch does, and leaves dead rows in the catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db import DataError, connection, transaction

from zhiji.kernel import clock
from zhiji.kernel.registry import offered

LOCK = 0x7A68696A69  # "zhiji"
NEW_BATCH = """
    CREATE TEMP TABLE IF NOT EXISTS batch (
        id bigint, message_key uuid, name text, occurred_at timestamptz, received_at timestamptz, source_id integer,
        customer_id bigint, identity text, also text, properties jsonb, sealed bytea, fact_id bigint
    ) ON COMMIT DELETE ROWS
"""
EMPTY_BATCH = "DELETE FROM batch"  # it has rows only where several runs share one transaction
TAKE = """
    WITH taken AS (
        DELETE FROM kernel_accepted
        WHERE id = ANY (ARRAY(SELECT id FROM kernel_accepted ORDER BY id LIMIT %s))
        RETURNING *
    ), fresh AS (
        SELECT DISTINCT ON (message_key) * FROM taken ORDER BY message_key, id
    ), put AS (
        INSERT INTO batch
        SELECT id, message_key, name, occurred_at, received_at, source_id, customer_id, identity, also,
            {properties}, sealed, nextval('kernel_fact_id_seq')
        FROM (
            SELECT * FROM fresh
            WHERE NOT EXISTS (SELECT FROM kernel_fact WHERE kernel_fact.message_key = fresh.message_key)
            ORDER BY id
        ) AS unknown
        RETURNING name
    )
    SELECT name, count(*) FROM put GROUP BY name
"""
READ = "properties::jsonb"
READ_ANYTHING = """CASE WHEN pg_input_is_valid(properties, 'jsonb') THEN properties::jsonb
    ELSE jsonb_build_object('unreadable', properties) END"""


@dataclass
class Batch:
    """What a stage is given: how many facts, the moment, and what earlier stages left for later ones.

    `names` are those of the facts, so that a stage which looks for some of them asks nothing where there are none.
    `touched` maps a root customer's id to why it must be looked at again: fact names, or "day", "merge",
    "attribute". `changes` is filled by `segment` and read by `act`.
    """

    count: int
    as_of: datetime
    names: frozenset[str] = frozenset()
    touched: dict[int, set[str]] = field(default_factory=dict)
    changes: list[Any] = field(default_factory=list)

    def touch(self, customer_id: int, why: str) -> None:
        self.touched.setdefault(customer_id, set()).add(why)


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline, run inside the batch's transaction, also on an idle tick (`count == 0`).

    `position`: RESOLVE gives every row its customer; the kernel then logs the facts; PROFILE updates
    portraits; ABSORB lets desks keep working rows of what they learn; CLASSIFY finds membership changes;
    ACT turns changes and facts into rule entries.
    """

    offered_in: ClassVar[str] = "stages"
    position: int
    name: str
    run: Callable[[Batch], None]


RESOLVE, LOG, PROFILE, ABSORB, CLASSIFY, ACT = 10, 20, 30, 40, 50, 60


def run_once(limit: int = 5000, as_of: datetime | None = None) -> int | None:
    """Take at most `limit` facts through every stage. Returns how many, or None if another worker has the lock."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s), to_regclass('pg_temp.batch')", [LOCK])
            mine, table = cursor.fetchone()
            if not mine:
                return None
            cursor.execute(EMPTY_BATCH if table else NEW_BATCH)
            taken = _take(cursor, limit)
        count = sum(taken.values())
        batch = Batch(count=count, as_of=as_of or clock.now(), names=frozenset(taken))
        for stage in stages():
            if count or stage.position > LOG:
                stage.run(batch)
    return count


def stages() -> list[Stage]:
    """Every stage in order, the kernel's own among them."""
    return sorted([*offered(Stage), Stage(LOG, "log", _log)], key=lambda stage: stage.position)


def _take(cursor: Any, limit: int) -> dict[str, int]:
    """Move the next rows of the inbox to `batch`, each message once, none that the log has; ids are drawn.

    Returns how many there are of each name. No door lets in what can't be read; if it is there, it is kept as text.
    """
    try:
        with transaction.atomic():
            cursor.execute(TAKE.format(properties=READ), [limit])
    except DataError:
        cursor.execute(TAKE.format(properties=READ_ANYTHING), [limit])
    taken = dict(cursor.fetchall())
    if taken:
        cursor.execute("ANALYZE batch (id, name, customer_id, identity, also, fact_id)")
    return taken


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
