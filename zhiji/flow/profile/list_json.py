"""Customers as lists by API tell them: JSON that PostgreSQL writes, passed on as it is.

Reading fifty portraits into Python to write them down again took longer than all the rest of such a list.
"""

from collections.abc import Sequence
from functools import cache

import orjson
from psycopg import sql

from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.sealed import of_roots
from zhiji.kernel import written


def briefs(ids: Sequence[int], names: tuple[str, ...], hidden: frozenset[str]) -> list[orjson.Fragment]:
    """One object for each of these roots, in this order: `id` and the named columns of the portrait.

    The caller has asked whom the user may see; who was merged meanwhile is left out. Sealed values are masked, `hidden`
    custom fields left out.
    """
    with written.cursor() as cursor:
        cursor.execute(_statement(names), [sorted(hidden), list(ids)] if "attributes" in names else [list(ids)])
        texts = [text for (text,) in cursor.fetchall()]
    sealed = [place for place, text in enumerate(texts) if "⟦" in text]
    if sealed:
        known = of_roots(ids, [texts[place] for place in sealed])
        for place in sealed:
            texts[place] = orjson.dumps(known.masked(orjson.loads(texts[place])))
    return [orjson.Fragment(text) for text in texts]


@cache
def _statement(names: tuple[str, ...]) -> sql.Composed:
    shown = {"attributes": sql.SQL("attributes - %s::text[]")}
    pairs = [(sql.Literal(name), shown.get(name, sql.Identifier(name))) for name in names]
    return sql.SQL(
        "SELECT json_build_object('id', customer_id, {pairs})::text"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, position)"
        " JOIN {portraits} ON customer_id = wanted.id WHERE NOT merged ORDER BY wanted.position"
    ).format(
        pairs=sql.SQL(", ").join(part for pair in pairs for part in pair),
        portraits=sql.Identifier(Portrait._meta.db_table),
    )
