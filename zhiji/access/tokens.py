"""Bearer tokens of the API: shown once, kept as a digest, limited to scopes and to what the user's role may."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import JSONField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from zhiji.access.audit import audit
from zhiji.access.models import ApiToken, User
from zhiji.access.roles import Forbidden, MayNot, may, permissions
from zhiji.kernel import clock, written
from zhiji.kernel.listing import listed

PREFIX = "zj_"


@transaction.atomic
def create_token(
    *, by: User | None, user: User, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> str:
    """Make a token for `user` and return it; it can't be read again. Raises ValueError for an unknown scope."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in permissions()]
    if unknown:
        told = {"names": listed(unknown), "known": listed(sorted(permissions()))}
        raise ValueError(_("没有这个权限范围：%(names)s；可用的有 %(known)s") % told)
    if by is not None and by != user and not may(by, "users:write"):
        raise Forbidden(_("只有管理员能给别人新建令牌；请找管理员。"))
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(user=user, name=name, digest=_digest(token), scopes=wanted, expires_at=expires_at)
    audit("token created", row, by=by, scopes=wanted)
    return token


class BearerToken(HttpBearer):
    """Sets `request.user` and `request.scopes`. One indexed read per request."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        with written.cursor() as cursor:
            cursor.execute(_READ, [_digest(token)])
            row = cursor.fetchone()
        if row is None:
            return None
        pk, scopes, expires_at, last_used_at, *columns = row
        user, now = User.from_db(connection.alias, _USER, _converted(columns)), clock.now()
        if not user.is_active or (expires_at and expires_at <= now):
            return None
        if last_used_at is None or now - last_used_at > timedelta(minutes=1):
            ApiToken.objects.filter(pk=pk).update(last_used_at=now)
        request.user = user
        request.scopes = frozenset(json.loads(scopes))  # type: ignore[attr-defined]
        return user


_FIELDS = User._meta.concrete_fields
_USER = [field.attname for field in _FIELDS]
_COLUMNS = ", ".join(f'"user".{field.column}' for field in _FIELDS)
_READ = f"""
    SELECT token.id, token.scopes, token.expires_at, token.last_used_at, {_COLUMNS}
    FROM {ApiToken._meta.db_table} AS token JOIN {User._meta.db_table} AS "user" ON "user".id = token.user_id
    WHERE token.digest = %s
"""
"""By hand, as putting the statement together anew for each request costs more than running it."""


def _converted(columns: Iterable[Any]) -> list[Any]:
    """The columns as the model holds them: JSON comes as text."""
    return [
        json.loads(value) if isinstance(field, JSONField) else value
        for field, value in zip(_FIELDS, columns, strict=True)
    ]


def scoped(request: HttpRequest, permission: str) -> User:
    """The token's user, if both the token's scopes and the user's role grant `permission`; else Forbidden."""
    user = request.user
    if permission not in request.scopes:  # type: ignore[attr-defined]
        told = {"deed": permissions()[permission].deed, "scope": permission}
        raise Forbidden(_("这个令牌不能%(deed)s：请在“我的账号”新建一个勾选了 %(scope)s 的令牌。") % told)
    assert isinstance(user, User)  # noqa: S101 - BearerToken lets no one else through
    if not may(user, permission):
        raise MayNot(user, permission)
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
