"""How facts come into the table `batch`: out of the inbox or from those set aside before the log, or from the log."""

from typing import Any

from django.db import DataError, transaction

INBOX, ASIDE = "kernel_accepted", "kernel_setaside"
FOLLOWED = "pipeline.followed"  # the watermark: the last fact that classes and rules have looked at
FIRST = "ARRAY(SELECT id FROM kernel_accepted ORDER BY id LIMIT %s)"
TAKE = """
    WITH taken AS (
        DELETE FROM {table} WHERE id = ANY ({ids}) RETURNING *
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
PUT = """
    put AS (
        INSERT INTO batch (name, occurred_at, received_at, source_id, customer_id, properties, fact_id)
        SELECT name, occurred_at, received_at, source_id, customer_id, properties, id FROM kernel_fact
        WHERE {which}
        RETURNING name, fact_id, received_at, occurred_at
    )
"""
FOUND = "SELECT name, count(*), min(received_at), max(occurred_at) FROM put GROUP BY name"
BEYOND = "id > (SELECT coalesce(max(fact_id), 0) FROM kernel_watermark WHERE name = %(mark)s)"
MOVED = """
    moved AS (
        INSERT INTO kernel_watermark (name, fact_id) SELECT %(mark)s, max(fact_id) FROM put HAVING count(*) > 0
        ON CONFLICT (name) DO UPDATE SET fact_id = EXCLUDED.fact_id
    )
"""
NEXT = f"WITH {PUT.format(which=f'{BEYOND} AND id <= %(last)s ORDER BY id LIMIT %(limit)s')}, {MOVED} {FOUND}"
AGAIN = f"""
    WITH gone AS (DELETE FROM kernel_setaside WHERE id = ANY (%(rows)s) RETURNING fact_id),
    {PUT.format(which="id IN (SELECT fact_id FROM gone)")} {FOUND}
"""
NEWEST = 2**63 - 1
READ = "properties::jsonb"
READ_ANYTHING = """CASE WHEN pg_input_is_valid(properties, 'jsonb') THEN properties::jsonb
    ELSE jsonb_build_object('unreadable', properties) END"""
Found = list[tuple[str, int, Any, Any]]
"""(name, how many, when the first was received, when the last happened)"""


def take(cursor: Any, table: str, which: int | list[int]) -> dict[str, int]:
    """Move rows of INBOX (the first so many, or those of these ids) or of ASIDE to `batch`, each message once, none
    that the log has; ids are drawn.

    Returns how many there are of each name. No door lets in what can't be read; if it is there, it is kept as text.
    """
    ids = FIRST if isinstance(which, int) else "%s"
    try:
        with transaction.atomic():
            cursor.execute(TAKE.format(table=table, ids=ids, properties=READ), [which])
    except DataError:
        cursor.execute(TAKE.format(table=table, ids=ids, properties=READ_ANYTHING), [which])
    return dict(cursor.fetchall())


def take_next(cursor: Any, limit: int, last: int = NEWEST) -> Found:
    """Put the log's next facts into `batch`, at most `limit` and up to the id `last`, and move the watermark."""
    cursor.execute(NEXT, {"mark": FOLLOWED, "limit": limit, "last": last})
    return list(cursor.fetchall())


def take_again(cursor: Any, rows: list[int]) -> Found:
    """Put the log's facts of these rows of ASIDE into `batch`."""
    cursor.execute(AGAIN, {"rows": rows})
    return list(cursor.fetchall())
