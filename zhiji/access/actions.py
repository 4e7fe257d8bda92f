"""What is done to accounts. Every action asks for permission, is one transaction and leaves an audit line."""

import secrets
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import ApiToken, Role, User
from zhiji.access.queries import other_administrators
from zhiji.access.roles import Forbidden, may, require

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another


class LastAdministrator(ValueError):
    """Somebody must be able to manage users: make another administrator first."""


def initial_password() -> str:
    """A password for reading out once, such as `k7wq-m2xe-9fdh-p3tn` (about 79 bits)."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


@transaction.atomic
def create_user(
    *,
    by: User | None,
    username: str,
    role: str,
    display_name: str = "",
    email: str = "",
    regions: Sequence[str] = (),
    password: str | None = None,
) -> tuple[User, str]:
    """Make an account. Without `password` it gets an initial one, to be changed at the first sign-in.

    Returns the user and that password. Raises Forbidden, ValueError (name taken, no such role) and
    ValidationError (a given password that is too weak).
    """
    require(by, "users:write")
    if role not in Role.values:
        raise ValueError(_("没有这个角色：%(role)s") % {"role": role})
    if User.objects.filter(username__iexact=username).exists():
        raise ValueError(_("用户名“%(name)s”已被使用，请换一个。") % {"name": username})
    user = User(username=username, role=role, display_name=display_name, email=email, regions=list(regions))
    if password is not None:
        validate_password(password, user)
    given = password or initial_password()
    user.must_change_password = password is None
    user.set_password(given)
    user.save()
    audit("user created", user, by=by, username=username, role=role, regions=list(regions))
    return user, given


@transaction.atomic
def edit_user(*, by: User | None, user: User, role: str, display_name: str, email: str, regions: Sequence[str]) -> User:
    """Change a role, name, e-mail or regions. Raises Forbidden, LastAdministrator, ValueError (no such role)."""
    require(by, "users:write")
    if role not in Role.values:
        raise ValueError(_("没有这个角色：%(role)s") % {"role": role})
    user = _locked(user)
    if role != Role.ADMINISTRATOR:
        _keep_an_administrator(user)
    before = {"role": user.role, "display_name": user.display_name, "email": user.email, "regions": user.regions}
    after = {"role": role, "display_name": display_name, "email": email, "regions": list(regions)}
    changed = {key: [before[key], value] for key, value in after.items() if before[key] != value}
    if changed:
        user.role, user.display_name, user.email, user.regions = role, display_name, email, list(regions)
        user.save(update_fields=["role", "display_name", "email", "regions"])
        audit("user edited", user, by=by, **changed)
    return user


@transaction.atomic
def deactivate_user(*, by: User | None, user: User) -> User:
    """Shut the account at once, in every browser and for its tokens. Raises Forbidden, LastAdministrator."""
    require(by, "users:write")
    user = _locked(user)
    _keep_an_administrator(user)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        audit("user deactivated", user, by=by)
    return user


@transaction.atomic
def activate_user(*, by: User | None, user: User) -> User:
    """Let the account sign in again. Raises Forbidden."""
    require(by, "users:write")
    user = _locked(user)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit("user activated", user, by=by)
    return user


@transaction.atomic
def reset_password(*, by: User | None, user: User) -> str:
    """Give a new initial password and return it; every browser of the user is signed out. Raises Forbidden."""
    require(by, "users:write")
    user = _locked(user)
    password = initial_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit("password reset", user, by=by)
    return password


@transaction.atomic
def reset_second_step(*, by: User | None, user: User) -> bool:
    """Take the second step off an account whose owner lost phone and recovery codes; False when there was none.
    Raises Forbidden.
    """
    require(by, "users:write")
    user = _locked(user)
    removed, _kinds = user.authenticator_set.all().delete()  # type: ignore[attr-defined]
    if removed:
        audit("second step removed", user, by=by)
    return bool(removed)


@transaction.atomic
def edit_me(*, by: User, display_name: str, language: str, theme: str) -> User:
    """Change one's own name on screens, language and theme. Raises ValueError for an unknown language or theme."""
    if language and language not in dict(settings.LANGUAGES):
        raise ValueError(_("没有这种语言：%(language)s") % {"language": language})
    if theme and theme not in {"auto", "light", "dark"}:
        raise ValueError(_("没有这种外观：%(theme)s") % {"theme": theme})
    user = _locked(by)
    before, after = user.display_name, display_name
    user.display_name, user.language, user.theme = display_name, language, theme
    user.save(update_fields=["display_name", "language", "theme"])
    if before != after:
        audit("user edited", user, by=by, display_name=[before, after])
    return user


@transaction.atomic
def revoke_token(*, by: User | None, token: ApiToken) -> None:
    """End a token at once. One's own, or anybody's for an administrator. Raises Forbidden."""
    if by is not None and token.user_id != by.pk and not may(by, "users:write"):
        raise Forbidden(_("别人的令牌只有管理员能作废；请找管理员。"))
    audit("token revoked", token, by=by, name=token.name, user=token.user_id)
    token.delete()


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _keep_an_administrator(user: User) -> None:
    """Lock the other administrators, so that two who demote each other at once can't both succeed."""
    if user.role != Role.ADMINISTRATOR or not user.is_active:
        return
    if not list(other_administrators(user).order_by("pk").select_for_update().values_list("pk", flat=True)):
        raise LastAdministrator(_("这是最后一位管理员，请先指定另一位管理员。"))
