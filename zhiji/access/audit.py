"""The audit line every action leaves."""

from typing import Any

from zhiji.access.models import AuditLine, User
from zhiji.access.sealing import blotted


def audit(verb: str, thing: Any, *, by: User | None, **detail: Any) -> None:
    """Say that `by` did `verb` to `thing` (a model instance), in the caller's transaction.

    Contact values in `detail` are named by their kind only: a search for a number, a note with an address.
    """
    AuditLine.objects.create(
        user=by,
        verb=verb,
        object_type=thing._meta.label_lower,
        object_id=str(thing.pk),
        detail=blotted(detail),
    )
