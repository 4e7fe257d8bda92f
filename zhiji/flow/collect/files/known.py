"""Record the facts of rows, leaving out those that are in the log or its inbox already."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from zhiji.kernel.facts import NewFact, key_of, record


def record_new(facts: Sequence[NewFact]) -> int:
    """Record those of `facts` that are new, each once, in the caller's transaction. Returns how many were new."""
    keyed: dict[UUID, NewFact] = {}
    for fact in facts:
        keyed.setdefault(key_of(fact), fact)
    for key in known_keys(list(keyed)):
        del keyed[key]
    return record(keyed.values())


def known_keys(keys: list[UUID]) -> set[UUID]:
    """Which of these keys the log or its inbox has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT message_key FROM kernel_fact WHERE message_key = ANY(%s::uuid[])
            UNION
            SELECT message_key FROM kernel_accepted WHERE message_key = ANY(%s::uuid[])
            """,
            [keys, keys],
        )
        return {key for (key,) in cursor.fetchall()}
