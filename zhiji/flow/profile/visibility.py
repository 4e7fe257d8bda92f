"""Whom a user may see. Every read of customer data on behalf of a user starts here, and so does every count.

What counts customers, or what they did, takes `owner`, which is `only_owner(user)`: of a user who doesn't see all,
figures are over the customers that this user sees, so that no figure tells of others.
"""

from django.db.models import QuerySet

from zhiji.access.models import Role, User
from zhiji.access.roles import may
from zhiji.flow.profile.models import Portrait


def visible_to(user: User) -> QuerySet[Portrait]:
    """The portraits that `user` may see: of roots only, and for sales of the customers they own."""
    if not may(user, "customers:read"):
        return Portrait.objects.none()
    return owned_by(only_owner(user))


def owned_by(owner: int | None) -> QuerySet[Portrait]:
    """The portraits of the roots that `owner` owns; of None everybody's."""
    shown = Portrait.objects.filter(merged=False)
    return shown if owner is None else shown.filter(owner_id=owner)


def roots_of(owner: int | None) -> list[int] | None:
    """The roots that `owner` owns, ascending; None for None: everybody."""
    if owner is None:
        return None
    return list(owned_by(owner).order_by("customer_id").values_list("customer_id", flat=True))


def owned_sql(root: str) -> str:
    """SQL that holds where the root in the column `root` is one of `owned_by`'s; it takes the parameter `owner`."""
    mine = "SELECT customer_id FROM profile_portrait WHERE owner_id = %(owner)s::bigint AND NOT merged"
    return f"(%(owner)s::bigint IS NULL OR {root} IN ({mine}))"


def only_owner(user: User) -> int | None:
    """The owner whose customers alone this user sees; None for those who see all."""
    return user.pk if user.role == Role.SALES else None
