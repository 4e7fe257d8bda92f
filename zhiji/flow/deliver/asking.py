"""Who asks for a page, and whom of the customers they see."""

from django.http import HttpRequest

from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import visible_portrait


def signed_in(request: HttpRequest, permission: str) -> User:
    """The user, who may do this. Raises Forbidden."""
    assert isinstance(request.user, User)  # noqa: S101 - the gate lets nobody else in
    require(request.user, permission)
    return request.user


def visible_portrait_id(user: User, customer: int | None) -> int:
    """The root's id if the user may see it, else 0."""
    try:
        return int(visible_portrait(user, customer or 0).pk)
    except Portrait.DoesNotExist:
        return 0
