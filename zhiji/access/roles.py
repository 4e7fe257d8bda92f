"""What each role may do. A permission is `noun:verb`; `may(user, permission)` is asked by every action and page."""

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


class Forbidden(Exception):
    """The user's role doesn't allow this; ask an administrator."""


def may(user: User, permission: str) -> bool:
    """Whether the user's role grants `permission`. An unknown permission is a bug and raises KeyError."""
    allowed = PERMISSIONS[permission]
    return user.is_active and user.role in allowed


def require(user: User | None, permission: str) -> None:
    """Refuse with Forbidden unless `user` may; None is the house itself (a rule, an import) and always may."""
    if user is not None and not may(user, permission):
        raise Forbidden(f"{user.get_role_display()} may not {permission}")
