"""Named reads: people, their tokens, the audit."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from zhiji.access.models import ApiToken, AuditLine, Role, User
from zhiji.access.roles import may, permissions


def people() -> QuerySet[User]:
    """Everybody, those who may sign in first, then by name; `second_step` counts their authenticators."""
    return User.objects.annotate(second_step=Count("authenticator")).order_by("-is_active", "display_name", "username")


def other_administrators(user: User) -> QuerySet[User]:
    """The administrators who can sign in, without `user`."""
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)


def tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user).order_by("-id")


def scopes_for(user: User) -> list[str]:
    """What a token of this user may be allowed at most."""
    return [permission for permission in sorted(permissions()) if may(user, permission)]


@dataclass(frozen=True)
class AuditFilter:
    """What to show of the audit; an empty part doesn't narrow."""

    user_id: int | None = None
    verb: str = ""
    object_type: str = ""
    object_id: str = ""


def audit_lines(wanted: AuditFilter) -> QuerySet[AuditLine]:
    """The audit, newest first when ordered by "-id"."""
    lines = AuditLine.objects.select_related("user")
    if wanted.user_id:
        lines = lines.filter(user_id=wanted.user_id)
    if wanted.verb:
        lines = lines.filter(verb=wanted.verb)
    if wanted.object_type:
        lines = lines.filter(object_type=wanted.object_type)
    if wanted.object_id:
        lines = lines.filter(object_id=wanted.object_id)
    return lines


def recent_verbs(look_at: int = 2000) -> list[str]:
    """The verbs among the latest lines, for choosing."""
    latest = AuditLine.objects.order_by("-id").values_list("verb", flat=True)[:look_at]
    return sorted(set(latest))


def recent_types(look_at: int = 2000) -> list[str]:
    """The kinds of objects among the latest lines, for choosing."""
    latest = AuditLine.objects.order_by("-id").values_list("object_type", flat=True)[:look_at]
    return sorted(set(latest))
