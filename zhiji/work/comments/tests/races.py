"""Who meets at the lock of a comment."""

from typing import Any

from zhiji.access.models import AuditLine, Role, User
from zhiji.config.tests.races.racing import Race
from zhiji.flow.profile.tests.acts import customer
from zhiji.work.comments import actions
from zhiji.work.comments.actions import CommentRefused
from zhiji.work.comments.models import Comment


def one_deletes_what_is_edited_elsewhere() -> Race:
    """What was taken back doesn't come back by an edit that began before."""
    by = User.objects.create_user("mona", role=Role.MANAGER)
    said = actions.write(by=by, subject="resolve.customer", subject_id=customer("user:1").pk, text="一")

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, CommentRefused), second
        assert Comment.objects.get().text == ""
        assert not AuditLine.objects.filter(verb="comment edited").exists()

    return Race(lambda: actions.delete(said, by=by), lambda: actions.edit(said, by=by, text="二"), then)


RACES = {"zhiji/work/comments/actions.py:_held": one_deletes_what_is_edited_elsewhere}
