"""Find customers by what a person types: name, 拼音, initials, end of a phone number, whole phone, e-mail, id,
and by numbers that other apps offer."""

import re
from typing import Any

from zhiji.access.models import User
from zhiji.access.privacy import digest, person_id
from zhiji.access.roles import may
from zhiji.flow.profile.lookups import digests
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.names import fold
from zhiji.flow.profile.pointer import Pointer
from zhiji.flow.profile.visibility import only_owner, visible_to
from zhiji.flow.resolve.queries import namespaces
from zhiji.kernel import written
from zhiji.kernel.registry import offered
from zhiji.kernel.values import identifier

LIMIT = 20
LAST = "\U0010ffff"
"""Sorts after everything that continues a key."""


def search(user: User, text: str, limit: int = LIMIT) -> list[Portrait]:
    """The customers whom `text` finds and `user` may see, best first, at most `limit`; owners come with them."""
    found = search_ids(user, text, limit)
    rows = visible_to(user).select_related("owner").in_bulk(found)
    return [rows[one] for one in found if one in rows]


def search_ids(user: User, text: str, limit: int = LIMIT) -> list[int]:
    """The root ids that `text` finds and `user` may see, best first: one statement, every branch by an index.

    Raises TooOften when whole numbers were looked up all too often.
    """
    text = text.replace("\0", "").strip()
    branches = _branches(text, digests(user, text)) if may(user, "customers:read") else []
    if not branches:
        return []
    owner = only_owner(user)
    seen = "" if owner is None else " AND portrait.owner_id = %(owner)s"
    parameters: dict[str, Any] = {"limit": limit, "owner": owner}
    parts = []
    for rank, (sql, given) in enumerate(branches):
        parts.append(f"(SELECT {rank} AS rank, found.* FROM ({sql.format(seen=seen)}) AS found)")
        parameters |= given
    statement = (
        f"SELECT root FROM ({' UNION ALL '.join(parts)}) AS every"
        " GROUP BY root ORDER BY min(rank), min(key), root LIMIT %(limit)s"
    )
    with written.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [root for (root,) in cursor.fetchall()]


OF_ROOT = """
    SELECT portrait.customer_id AS root, '' AS key FROM {table} AS pointer
    JOIN resolve_customer AS customer ON customer.id = pointer.customer_id
    JOIN profile_portrait AS portrait ON portrait.customer_id = customer.root_id
    WHERE {where} AND NOT portrait.merged{{seen}} LIMIT %(limit)s
"""
BY_IDENTITY = OF_ROOT.format(table="resolve_identity", where="pointer.key = ANY (%(identities)s)")
BY_VALUE = OF_ROOT.format(table="profile_contactpoint", where="pointer.digest = ANY (%(digests)s)")
BY_TAIL = OF_ROOT.format(table="profile_contactpoint", where="pointer.tail_digest = %(tail)s")
BY_KEY = """
    SELECT portrait.customer_id AS root, searchkey.key FROM profile_searchkey AS searchkey
    JOIN profile_portrait AS portrait ON portrait.customer_id = searchkey.customer_id
    WHERE searchkey.key >= %(low)s AND searchkey.key < %(high)s AND NOT portrait.merged{seen}
    ORDER BY searchkey.key LIMIT %(limit)s
"""


def _branches(text: str, values: list[bytes]) -> list[tuple[str, dict[str, Any]]]:
    """The ways in which this text can find somebody, the surest first, with their parameters."""
    if not text:
        return []
    found: list[tuple[str, dict[str, Any]]] = []
    if values:
        found.append((BY_VALUE, {"digests": values}))
    if re.fullmatch(r"\d{4}", text):
        found.append((BY_TAIL, {"tail": digest("phone tail", text)}))
    if re.search(r"[A-Za-z0-9]", text) and len(text) <= 200:
        found.append((BY_IDENTITY, {"identities": _identities(text)}))
        number = identifier.parse(text)
        found += [
            (OF_ROOT.format(table=one.table, where=f"pointer.{one.column} = %(number)s"), {"number": number})
            for one in offered(Pointer)
            if isinstance(number, str)
        ]
    key = fold(text)
    if key and not key.isdigit():
        found.append((BY_KEY, {"low": key, "high": key + LAST}))
    return found


def _identities(text: str) -> list[str]:
    """The keys of identities that `text` may name, with their namespace or without."""
    namespace, colon, value = text.partition(":")
    known = namespaces()
    whole = {text, *((f"{namespace}:{_kept(value)}",) if colon and namespace in known else ())}
    return sorted(whole | {f"{one}:{_kept(text)}" for one in known})


def _kept(value: str) -> str:
    """An identifier as identities keep it; what is none is looked for as it stands."""
    plain = identifier.parse(value)
    return person_id(plain) if isinstance(plain, str) else value
