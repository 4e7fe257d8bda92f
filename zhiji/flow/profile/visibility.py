"""Whom a user may see. Every read of customer data on behalf of a user starts here."""

from django.db.models import QuerySet

from zhiji.access.models import Role, User
from zhiji.access.roles import may
from zhiji.flow.profile.models import Portrait


def visible_to(user: User) -> QuerySet[Portrait]:
    """The portraits that `user` may see: of roots only, and for sales of the customers they own."""
    shown = Portrait.objects.filter(merged=False)
    if not may(user, "customers:read"):
        return shown.none()
    owner = only_owner(user)
    return shown if owner is None else shown.filter(owner_id=owner)


def only_owner(user: User) -> int | None:
    """The owner whose customers alone this user sees; None for those who see all."""
    return user.pk if user.role == Role.SALES else None
