"""What each role may do. A permission is `noun:verb`; `may(user, permission)` is asked by every action and page."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiji.access.models import Role, User

ALL = frozenset(Role)
_EVERYBODY_BUT_ANALYST = ALL - {Role.ANALYST}

PERMISSIONS: dict[str, frozenset[str]] = {
    "customers:read": ALL,
    "customers:write": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.SALES, Role.SERVICE}),
    "customers:merge": frozenset({Role.ADMINISTRATOR, Role.MANAGER}),
    "contacts:reveal": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.SALES, Role.SERVICE}),
    "facts:read": ALL,
    "facts:write": frozenset({Role.ADMINISTRATOR}),
    "segments:read": ALL,
    "segments:write": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
    "rules:read": ALL,
    "rules:write": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
    "messages:read": _EVERYBODY_BUT_ANALYST,
    "messages:write": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
    "orders:read": ALL,
    "tasks:read": _EVERYBODY_BUT_ANALYST,
    "tasks:write": _EVERYBODY_BUT_ANALYST,
    "coupons:read": ALL,
    "coupons:write": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
    "reports:read": ALL,
    "sources:read": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER, Role.ANALYST}),
    "sources:write": frozenset({Role.ADMINISTRATOR}),
    "quarantine:write": frozenset({Role.ADMINISTRATOR, Role.MANAGER}),
    "users:write": frozenset({Role.ADMINISTRATOR}),
    "settings:read": frozenset({Role.ADMINISTRATOR, Role.MANAGER}),
    "settings:write": frozenset({Role.ADMINISTRATOR}),
    "audit:read": frozenset({Role.ADMINISTRATOR}),
}


DEEDS: dict[str, Promise | str] = {
    "customers:read": gettext_lazy("查看客户"),
    "customers:write": gettext_lazy("新建和修改客户"),
    "customers:merge": gettext_lazy("合并或拆分客户"),
    "contacts:reveal": gettext_lazy("查看联系方式的明文"),
    "facts:read": gettext_lazy("查看行为"),
    "facts:write": gettext_lazy("写入行为"),
    "segments:read": gettext_lazy("查看客群和分类"),
    "segments:write": gettext_lazy("编辑客群和分类"),
    "rules:read": gettext_lazy("查看联动规则"),
    "rules:write": gettext_lazy("编辑联动规则"),
    "messages:read": gettext_lazy("查看触达"),
    "messages:write": gettext_lazy("编辑模板和触达"),
    "orders:read": gettext_lazy("查看订单"),
    "tasks:read": gettext_lazy("查看待办"),
    "tasks:write": gettext_lazy("处理待办"),
    "coupons:read": gettext_lazy("查看优惠券"),
    "coupons:write": gettext_lazy("编辑和发放优惠券"),
    "reports:read": gettext_lazy("查看分析"),
    "sources:read": gettext_lazy("查看数据源"),
    "sources:write": gettext_lazy("管理数据源和导入"),
    "quarantine:write": gettext_lazy("处理隔离的事件"),
    "users:write": gettext_lazy("管理账号"),
    "settings:read": gettext_lazy("查看设置"),
    "settings:write": gettext_lazy("修改设置"),
    "audit:read": gettext_lazy("查看审计"),
}
"""What each permission lets one do, as the screens say it."""


class Forbidden(Exception):
    """This isn't for whoever asked: the message says what they may not and whom to ask, in their words."""


class MayNot(Forbidden):
    """The user's role lacks `permission`."""

    def __init__(self, user: User, permission: str) -> None:
        super().__init__(user, permission)
        self.permission, self._role = permission, user.get_role_display()

    def __str__(self) -> str:
        told = {"role": self._role, "deed": DEEDS[self.permission]}
        return _("您的角色（%(role)s）不能%(deed)s；请找管理员。") % told


class NotYours(Forbidden):
    """It is about a customer whom the user doesn't see, or who isn't there: the two are told alike."""

    def __str__(self) -> str:
        return _("没有这位客户，或不在您能看到的客户里；请找客户的负责人或管理员。")


def may(user: User, permission: str) -> bool:
    """Whether the user's role grants `permission`. An unknown permission is a bug and raises KeyError."""
    allowed = PERMISSIONS[permission]
    return user.is_active and user.role in allowed


def require(user: User | None, permission: str) -> None:
    """Refuse with Forbidden unless `user` may; None is the house itself (a rule, an import) and always may."""
    if user is not None and not may(user, permission):
        raise MayNot(user, permission)
