"""Named reads of comments, on behalf of a user: whoever doesn't see the record sees none and counts none."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.access.shown import masked
from zhiji.kernel.keyset import Page, page
from zhiji.kernel.listing import listed
from zhiji.work.comments.models import Comment, Follower
from zhiji.work.subject import Seen, Subject, seen_by, subjects

MENTION = re.compile(r"(?<![A-Za-z0-9_.@+-])@([\w.+-]{1,60})")
"""An @ that is no e-mail address's. What follows may go on without a space, as Chinese does; see `_named`."""
PICKED = 8
"""Colleagues that are offered at once."""
LOOKED_AT = 60


class NoSuchRecord(LookupError):
    """There is no such record that takes comments, or the user doesn't see it: the two are told alike."""


@dataclass(frozen=True)
class Record:
    """A record as a user sees it who may. `ids`: it and what was merged into it, the one first."""

    of: Subject
    ids: Sequence[int]
    seen: Seen

    @property
    def pk(self) -> int:
        return self.ids[0]


@dataclass(frozen=True)
class Shown:
    """A comment as a user reads it: contact values masked where they have to be, colleagues by their names.

    `mine` may be edited, unless masks hide what would be saved.
    """

    comment: Comment
    text: str
    mine: bool
    editable: bool


def record(user: User, model: str, pk: int) -> Record:
    """The record, if it takes comments and the user sees it. Raises NoSuchRecord."""
    of = subjects().get(model)
    if of is None or not of.commented or not may(user, "comments:read"):
        raise NoSuchRecord
    ids = of.same(pk)
    seen = seen_by(user, [(model, ids[0])]) if ids else {}
    if not seen:
        raise NoSuchRecord
    return Record(of, ids, next(iter(seen.values())))


def on(found: Record) -> QuerySet[Comment]:
    """The comments of a record that weren't deleted."""
    return Comment.objects.filter(subject=found.of.model, subject_id__in=found.ids, deleted_at=None)


def comments(user: User, found: Record, *, size: int = 20, cursor: str = "") -> Page[Shown]:
    """A page of them, newest first."""
    rows = page(on(found).select_related("author"), order=("-id",), size=size, cursor=cursor)
    called = names(one.text for one in rows.rows)
    return Page([shown(one, user, called) for one in rows.rows], rows.next, rows.previous)


def shown(one: Comment, user: User, called: Mapping[str, str]) -> Shown:
    """A comment as a user reads it; `called` by `names`."""
    mine = one.author_id == user.pk
    return Shown(one, worded(one.text, called, user), mine, mine and masked(one.text, user) == one.text)


def names(texts: Iterable[str]) -> dict[str, str]:
    """{user name in lower case: how they are called} of those whom the texts mention."""
    return {one.username.lower(): str(one) for one in _people(texts, User.objects.all())}


def worded(text: str, called: Mapping[str, str], user: User) -> str:
    """A text for a user, with colleagues by their names."""

    def by_name(found: re.Match[str]) -> str:
        known = _named(found[1], called)
        return f"@{called[known]}{found[1][len(known) :]}" if known else found[0]

    return str(masked(MENTION.sub(by_name, text), user))


def mentioned(text: str) -> list[User]:
    """The colleagues whom a text mentions by their user names."""
    found = {one.username.lower(): one for one in _people([text], User.objects.filter(is_active=True))}
    wanted = {_named(run, found) for run in MENTION.findall(text)}
    return [one for name, one in found.items() if name in wanted]


def _people(texts: Iterable[str], among: QuerySet[User]) -> list[User]:
    """Whose user name something after an @ begins with."""
    wanted = {run[:end].lower() for text in texts for run in MENTION.findall(text) for end in range(1, len(run) + 1)}
    called = among.annotate(lower=Lower("username")).filter(lower__in=wanted)
    return list(called.order_by("pk")) if wanted else []


def _named(run: str, known: Container[str]) -> str:
    """The longest user name that what stands after an @ begins with, "" for none."""
    return next((run[:end].lower() for end in range(len(run), 0, -1) if run[:end].lower() in known), "")


def sees(user: User, found: Record) -> bool:
    """Whether somebody else sees the record, too."""
    return may(user, "comments:read") and bool(seen_by(user, [(found.of.model, found.pk)]))


def colleagues(user: User, found: Record, text: str) -> list[User]:
    """Whom one may mention on a record: those who see it, whose name or user name begins so or has it in it."""
    asked = Q(username__icontains=text) | Q(display_name__icontains=text)
    some = User.objects.filter(asked, is_active=True).exclude(pk=user.pk).order_by("display_name", "username")
    return [one for one in some[:LOOKED_AT] if sees(one, found)][:PICKED]


def followers(found: Record) -> list[User]:
    """Those who follow a record, whether they still see it or not."""
    rows = Follower.objects.filter(subject=found.of.model, subject_id__in=found.ids)
    return list(User.objects.filter(pk__in=rows.values("user_id"), is_active=True).order_by("pk"))


def follows(user: User, found: Record) -> bool:
    return Follower.objects.filter(user=user, subject=found.of.model, subject_id__in=found.ids).exists()


def panel(user: User, model: str, pk: int, *, cursor: str = "") -> dict[str, Any]:
    """What the panel of a record shows; empty where there is nothing for the user to see."""
    try:
        found = record(user, model, pk)
    except NoSuchRecord:
        return {}
    return {
        "comment_subject": model,
        "comment_record": found.pk,
        "comments": comments(user, found, cursor=cursor),
        "comments_count": on(found).count(),
        "comments_follows": follows(user, found),
        "comments_followers": listed(followers(found)),
        "may_comment": may(user, "comments:write"),
    }
