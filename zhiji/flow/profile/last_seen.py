"""When customers were first and last seen: by what they did themselves, not by what we did to them.

To the minute: a visitor clicks many times in one.
"""

from datetime import datetime

from django.db import connection

from zhiji.kernel.facts import internal_names
from zhiji.kernel.pipeline import Batch

SEEN = """
    WITH moved AS (
        UPDATE profile_portrait AS portrait
        SET first_seen_at = least(portrait.first_seen_at, seen.first),
            last_seen_at = greatest(portrait.last_seen_at, seen.last)
        FROM (
            SELECT customer.root_id, date_trunc('minute', min(batch.occurred_at)) AS first,
                   date_trunc('minute', max(batch.occurred_at)) AS last
            FROM batch JOIN resolve_customer AS customer ON customer.id = batch.customer_id
            WHERE batch.name <> ALL (%(house)s) AND (%(only)s::bigint[] IS NULL OR customer.root_id = ANY (%(only)s))
            GROUP BY customer.root_id ORDER BY customer.root_id
        ) AS seen
        WHERE portrait.customer_id = seen.root_id
          AND (portrait.last_seen_at IS NULL OR seen.last > portrait.last_seen_at
               OR seen.first < portrait.first_seen_at)
        RETURNING portrait.customer_id, portrait.last_seen_at
    ), listed AS (
        UPDATE profile_sight AS sight SET at = moved.last_seen_at FROM moved
        WHERE sight.customer_id = moved.customer_id AND sight.at IS DISTINCT FROM moved.last_seen_at
    )
    SELECT DISTINCT batch.customer_id FROM batch
    WHERE batch.customer_id NOT IN (SELECT customer_id FROM moved)
      AND NOT EXISTS (SELECT FROM profile_portrait AS known WHERE known.customer_id = batch.customer_id)
"""


def note_seen(batch: Batch) -> None:
    """Move first and last sight of the roots that did something in this batch.

    Whom it is the first to mention gets an empty portrait and empty measures; only those who weren't moved are looked
    for, as almost everybody was.
    """
    with connection.cursor() as cursor:
        cursor.execute(SEEN, {"house": list(internal_names()), "only": None})
        unknown = [one for (one,) in cursor.fetchall()]
        if unknown:
            make_portraits(unknown, batch.as_of)
            cursor.execute(SEEN, {"house": list(internal_names()), "only": unknown})


def make_portraits(unknown: list[int], as_of: datetime) -> None:
    """An empty portrait and empty measures of customers who have none."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO profile_portrait (customer_id, merged)
            SELECT id, root_id <> id FROM resolve_customer WHERE id = ANY (%s)
            ON CONFLICT DO NOTHING RETURNING customer_id
            """,
            [unknown],
        )
        made = [one for (one,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO profile_measures (customer_id, as_of) SELECT unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING",
            [made, as_of],
        )
