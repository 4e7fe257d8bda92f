"""A comment to write again and again, for the tests of limits."""

from collections.abc import Callable

from zhiji.access.models import User
from zhiji.flow.act.tests.cast import customer
from zhiji.work.comments import actions
from zhiji.work.comments.models import Comment


def said(text: str) -> Callable[[], Comment]:
    """Write it about a new customer."""

    def write() -> Comment:
        by, _ = User.objects.get_or_create(username="says", defaults={"role": "manager"})
        return actions.write(by=by, subject="resolve.customer", subject_id=customer(), text=text)

    return write
