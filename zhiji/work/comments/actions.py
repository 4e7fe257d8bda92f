"""Write, edit and delete comments. Each leaves an audit line; who is mentioned and who follows is told."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import Forbidden, require
from zhiji.kernel import clock
from zhiji.kernel.listing import listed
from zhiji.work.comments.following import follow
from zhiji.work.comments.models import Comment
from zhiji.work.comments.queries import NoSuchRecord, Record, followers, mentioned, record, sees
from zhiji.work.notices.telling import notify

LONGEST = 4000


class CommentRefused(ValueError):
    """It can't be said so; the message says what to do."""


@transaction.atomic
def write(*, by: User, subject: str, subject_id: int, text: str) -> Comment:
    """Say something about a record that `by` sees; they follow it from then on. Raises NoSuchRecord, CommentRefused."""
    require(by, "comments:write")
    found = record(by, subject, subject_id)
    said = _fit(text)
    called = _called(said, found)
    comment = Comment.objects.create(
        subject=subject, subject_id=found.pk, customer_id=found.of.customer(found.pk), author=by, text=said,
        at=clock.now(),
    )  # fmt: skip
    audit("comment written", comment, by=by, of=subject, of_id=found.pk)
    follow(by, found)
    _tell(comment, found, called, by)
    others = {one.pk for one in followers(found) if sees(one, found)} - {by.pk, *(one.pk for one in called)}
    about = (subject, found.pk)
    notify("comment", others, about, {"who": str(by)}, key=f"comment:{comment.pk}", customer_id=comment.customer_id)
    return comment


@transaction.atomic
def edit(comment: Comment, *, by: User, text: str) -> Comment:
    """Say one's own otherwise; who is mentioned now and wasn't is told. Raises NoSuchRecord, CommentRefused."""
    held, found = _held(comment, by)
    said = _fit(text)
    called = _called(said, found)
    audit("comment edited", held, by=by, before=held.text, after=said)
    held.text, held.edited_at = said, clock.now()
    held.save(update_fields=["text", "edited_at"])
    _tell(held, found, called, by)
    return held


@transaction.atomic
def delete(comment: Comment, *, by: User) -> None:
    """Take one's own back; the audit keeps what it said. Raises NoSuchRecord, CommentRefused."""
    held, _found = _held(comment, by)
    audit("comment deleted", held, by=by, before=held.text)
    held.text, held.deleted_at = "", clock.now()
    held.save(update_fields=["text", "deleted_at"])


def _held(comment: Comment, by: User) -> tuple[Comment, Record]:
    """The comment, locked, if it is theirs, still there, and about what they see."""
    require(by, "comments:write")
    held = Comment.objects.select_for_update().filter(pk=comment.pk).first()
    if held is None:
        raise NoSuchRecord
    found = record(by, held.subject, held.subject_id)
    if held.author_id != by.pk:
        raise Forbidden(_("只能修改自己写的备注。"))
    if held.deleted_at is not None:
        raise CommentRefused(_("这条备注已经删除"))
    return held, found


def _fit(text: str) -> str:
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise CommentRefused(_("请写点什么"))
    if len(said) > LONGEST:
        raise CommentRefused(_("备注最多 %(most)s 字") % {"most": LONGEST})
    return said


def _called(text: str, found: Record) -> Sequence[User]:
    """Whom it mentions. Raises CommentRefused for who doesn't see the record."""
    called = mentioned(text)
    if blind := [str(one) for one in called if not sees(one, found)]:
        told = {"names": listed(blind)}
        raise CommentRefused(_("%(names)s 看不到这条记录，不能 @；请去掉，或先让他们能看到") % told)
    return called


def _tell(comment: Comment, found: Record, called: Sequence[User], by: User) -> None:
    about, told = (comment.subject, found.pk), {"who": str(by)}
    users = [one.pk for one in called if one.pk != by.pk]
    notify("mention", users, about, told, key=f"mention:{comment.pk}", customer_id=comment.customer_id)
