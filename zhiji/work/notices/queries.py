"""Named reads of notices: how many are unread, and the lines that a user sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from zhiji.access.models import User
from zhiji.access.shown import masked
from zhiji.kernel.keyset import Page, page
from zhiji.work.notices.kinds import NoticeKind, kinds, kinds_for, sentence
from zhiji.work.notices.models import Choice, Notice, Rhythm
from zhiji.work.subject import Seen, seen_by

MOST = 100
"""Unread ones are counted up to here: "99+"."""
NAMED = 3
"""Records that a line names."""

UNREAD = f"""
SELECT count(*) FROM (
  SELECT 1 FROM notices_notice WHERE user_id = %s AND bell AND read_at IS NULL LIMIT {MOST}
) AS waiting
"""


@dataclass(frozen=True)
class Thing:
    """A record that a line names."""

    pk: int
    name: str
    url: str


@dataclass(frozen=True)
class Line:
    """One line: the newest notice of a bundle, and what they say together. `hidden`: nothing of what it is about may be
    seen by the user any more, so nothing is said of it.
    """

    pk: int
    bundle: str
    icon: str
    text: str
    at: datetime
    since: datetime
    unread: bool
    count: int
    things: Sequence[Thing]
    more: int
    hidden: bool


def unread(user_id: int) -> int:
    """How many the bell shows, at most MOST; by one statement over one index."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [user_id])
        return int(cursor.fetchone()[0])


def lines(user: User, *, size: int = 30, cursor: str = "", only_unread: bool = False) -> Page[Line]:
    """The lines of the user's bell, newest first."""
    newer = Notice.objects.filter(user=user, bundle=OuterRef("bundle"), pk__gt=OuterRef("pk"), bell=True)
    heads = Notice.objects.filter(user=user, bell=True).filter(~Exists(newer))
    if only_unread:
        heads = heads.filter(read_at=None)
    found = page(heads, order=("-id",), size=size, cursor=cursor)
    return Page(_lines(user, found.rows, Q(bell=True)), found.next, found.previous)


def mailed(user: User, digest_id: int) -> list[Line]:
    """What a mail tells: those of it that weren't read meanwhile."""
    wanted = Q(digest_id=digest_id, read_at=None)
    newest = Notice.objects.filter(wanted, user=user).order_by("bundle", "-id").distinct("bundle")
    return _lines(user, sorted(newest, key=lambda one: -one.pk), wanted)


def _lines(user: User, heads: Sequence[Notice], wanted: Q) -> list[Line]:
    told = _bundles(Notice.objects.filter(wanted, user=user, bundle__in=[one.bundle for one in heads]))
    about = {one.pk: list(dict.fromkeys(pk for pk in told[one.bundle]["ids"] if pk is not None)) for one in heads}
    seen = seen_by(user, {(one.subject, pk) for one in heads for pk in about[one.pk][:MOST]})
    return [_line(user, one, told[one.bundle], about[one.pk], seen) for one in heads]


def _bundles(rows: QuerySet[Notice]) -> dict[str, Any]:
    """How many, since when, how many unread and about what, of each bundle."""
    figures = rows.order_by().values("bundle").annotate(
        count=Count("pk"),
        since=Min("at"),
        unread=Count("pk", filter=Q(read_at=None)),
        ids=ArrayAgg("subject_id", order_by="-pk"),
    )  # fmt: skip
    return {one["bundle"]: one for one in figures}


def _line(user: User, one: Notice, told: Any, ids: Sequence[int], seen: dict[tuple[str, int], Seen]) -> Line:
    may_see = [(pk, seen[one.subject, pk]) for pk in ids if (one.subject, pk) in seen]
    hidden = bool(ids) and not may_see
    kind = kinds().get(one.kind)
    return Line(
        pk=one.pk,
        bundle=one.bundle,
        icon=kind.icon if kind else "bell",
        text="" if hidden else str(masked(sentence(one.kind, one.values, told["count"]), user)),
        at=one.at,
        since=told["since"],
        unread=bool(told["unread"]),
        count=told["count"],
        things=[Thing(pk, str(masked(thing.name, user)), thing.url) for pk, thing in may_see[:NAMED]],
        more=max(0, len(may_see) - NAMED),
        hidden=hidden,
    )


def choices(user: User) -> list[tuple[NoticeKind, bool, bool]]:
    """Of each kind that the user may be told: whether it goes into the bell, and into mails."""
    chosen = {one.kind: one for one in Choice.objects.filter(user=user)}
    return [
        (kind, chosen[kind.key].bell, chosen[kind.key].mail) if kind.key in chosen else (kind, True, kind.mail)
        for kind in kinds_for(user)
    ]


def rhythm(user: User) -> Rhythm:
    """When the user's mails go out."""
    return Rhythm.objects.filter(user=user).first() or Rhythm(user=user, every=Rhythm.Every.DAY, hour=9, quiet=True)
