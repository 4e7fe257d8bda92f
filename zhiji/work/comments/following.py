"""Follow a record, and follow it no more."""

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.work.comments.models import Follower
from zhiji.work.comments.queries import Record


def follow(user: User, found: Record) -> None:
    """From now on the user is told of its comments. Again is nothing."""
    require(user, "comments:read")
    row = Follower(user=user, subject=found.of.model, subject_id=found.pk)
    Follower.objects.bulk_create([row], ignore_conflicts=True)


def unfollow(user: User, found: Record) -> None:
    """The user is told of them no more, also of those on what was merged into it."""
    require(user, "comments:read")
    Follower.objects.filter(user=user, subject=found.of.model, subject_id__in=found.ids).delete()
