"""Tell members of staff something, once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection

from zhiji.access.models import Role
from zhiji.access.roles import permissions
from zhiji.kernel import clock
from zhiji.work.notices.kinds import NoticeKind, kinds
from zhiji.work.notices.models import Notice

KEPT = timedelta(days=90)
"""How long a notice stays that was read."""
AT_ONCE = 5_000

INSERT = """
INSERT INTO notices_notice (user_id, kind, subject, subject_id, customer_id, "values", key, bundle, bell, mail, at)
SELECT person.id, %(kind)s, told.subject, told.subject_id, told.customer_id, told."values", told.key, told.bundle,
  coalesce(choice.bell, true), coalesce(choice.mail, %(mail)s), %(at)s
FROM unnest(%(users)s::bigint[], %(subjects)s::text[], %(ids)s::bigint[], %(customers)s::bigint[], %(values)s::jsonb[],
  %(keys)s::text[], %(bundles)s::text[]) AS told (user_id, subject, subject_id, customer_id, "values", key, bundle)
JOIN access_user AS person ON person.id = told.user_id AND person.is_active AND person.role = ANY (%(roles)s)
LEFT JOIN notices_choice AS choice ON choice.user_id = person.id AND choice.kind = %(kind)s
WHERE coalesce(choice.bell, true) OR coalesce(choice.mail, %(mail)s)
ORDER BY told.user_id, told.key
ON CONFLICT (user_id, key) DO NOTHING
"""


@dataclass(frozen=True)
class Told:
    """What one person is to be told: about a record (`app.model`, its id), once per `key`."""

    user_id: int
    key: str
    about: tuple[str, int] | None = None
    customer_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def tell(kind: str, told: Sequence[Told], *, as_of: datetime | None = None) -> int:
    """Tell it, in the caller's transaction, by one statement; how many are new. Whoever may not know of the kind, has
    turned it off or left, or was told by that key before, isn't told.
    """
    if not told:
        return 0
    of, at = kinds()[kind], as_of or clock.now()
    given: dict[str, Any] = {
        "kind": kind,
        "mail": of.mail,
        "at": at,
        "roles": _roles(of),
        "users": [one.user_id for one in told],
        "subjects": [one.about[0] if one.about else "" for one in told],
        "ids": [one.about[1] if one.about else None for one in told],
        "customers": [one.customer_id for one in told],
        "values": [orjson.dumps(one.values, default=str).decode() for one in told],
        "keys": [one.key for one in told],
        "bundles": [_bundle(of, one, at) for one in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, given)
        return int(cursor.rowcount)


def notify(
    kind: str,
    users: Iterable[int],
    about: tuple[str, int] | None,
    values: Mapping[str, Any],
    *,
    key: str,
    customer_id: int | None = None,
) -> int:
    """Tell several people the same."""
    return tell(kind, [Told(one, key, about, customer_id, values) for one in sorted(set(users))])


def _roles(kind: NoticeKind) -> list[str]:
    if not kind.permission:
        return list(Role.values)
    known = permissions().get(kind.permission)
    return sorted(known.roles) if known else []


def _bundle(kind: NoticeKind, told: Told, at: datetime) -> str:
    model, pk = told.about or ("", 0)
    if kind.together == "subject":
        return f"{kind.key}:{model}:{pk}:{clock.day_of(at).isoformat()}"
    return f"{kind.key}:{model}:{at:%Y-%m-%dT%H}"


def read(user_id: int, bundles: Sequence[str] | None = None) -> int:
    """The user has read the notices of these lines, or all; how many were unread."""
    unread = Notice.objects.filter(user_id=user_id, read_at=None)
    if bundles is not None:
        unread = unread.filter(bundle__in=bundles)
    return unread.update(read_at=clock.now())


def tidy(as_of: datetime) -> int:
    """Delete what was read long ago, some at a time; how many they were."""
    gone = 0
    while True:
        old = Notice.objects.filter(read_at__lt=as_of - KEPT).order_by("read_at").values("pk")[:AT_ONCE]
        count, _ = Notice.objects.filter(pk__in=old).delete()
        gone += count
        if count < AT_ONCE:
            return gone
