"""The audit line every action leaves."""

from typing import Any

from zhiji.access.models import AuditLine, User


def audit(verb: str, thing: Any, *, by: User | None, **detail: Any) -> None:
    """Say that `by` did `verb` to `thing` (a model instance), in the caller's transaction."""
    AuditLine.objects.create(
        user=by,
        verb=verb,
        object_type=thing._meta.label_lower,
        object_id=str(thing.pk),
        detail=detail,
    )
