"""What a person may do only so often a day, counted by the audit lines it leaves."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from zhiji.access.audit import audit
from zhiji.access.models import AuditLine, User

LOCK = 0x6F6674656E  # "often", with a user's id: two requests at once are counted one after the other
DAY = timedelta(days=1)


class TooOften(Exception):
    """This was done as often as a day allows; wait, or ask somebody whose role may do more."""


def audit_limited(verb: str, *, by: User, most: int, advice: str, **detail: Any) -> None:
    """Leave an audit line of `by` that `verb` was done, unless `most` are there since yesterday. Raises TooOften."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK << 20 ^ by.pk])
        if AuditLine.objects.filter(user=by, verb=verb, at__gt=Now() - DAY)[:most].count() >= most:
            raise TooOften(advice)
        audit(verb, by, by=by, **detail)
