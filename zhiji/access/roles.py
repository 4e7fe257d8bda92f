"""What each role may do, as the apps offer it; `may(user, permission)` is asked by every action and page."""

from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhiji.access.models import Role, User
from zhiji.kernel.registry import offered

ALL = frozenset(Role)


@dataclass(frozen=True)
class Permission:
    """Leave to do something, offered in `offers/permissions.py`. `name` is `noun:verb`.

    `deed` says what it lets one do, as it stands after "your role can't"; `roles` are those that have it.
    """

    offered_in: ClassVar[str] = "permissions"
    name: str
    deed: str | Promise
    roles: Set[Role]


@cache
def permissions() -> dict[str, Permission]:
    """Every permission that the apps offer, by name."""
    return {one.name: one for one in offered(Permission)}


class Forbidden(Exception):
    """This isn't for whoever asked: the message says what they may not and whom to ask, in their words."""


class MayNot(Forbidden):
    """The user's role lacks `permission`."""

    def __init__(self, user: User, permission: str) -> None:
        super().__init__(user, permission)
        self.permission, self._role = permission, user.get_role_display()

    def __str__(self) -> str:
        told = {"role": self._role, "deed": permissions()[self.permission].deed}
        return _("您的角色（%(role)s）不能%(deed)s；请找管理员。") % told


class NotYours(Forbidden):
    """It is about a customer whom the user doesn't see, or who isn't there: the two are told alike."""

    def __str__(self) -> str:
        return _("没有这位客户，或不在您能看到的客户里；请找客户的负责人或管理员。")


def may(user: User, permission: str) -> bool:
    """Whether the user's role grants `permission`. An unknown permission is a bug and raises KeyError."""
    allowed = permissions()[permission].roles
    return user.is_active and user.role in allowed


def require(user: User | None, permission: str) -> None:
    """Refuse with Forbidden unless `user` may; None is the house itself (a rule, an import) and always may."""
    if user is not None and not may(user, permission):
        raise MayNot(user, permission)
