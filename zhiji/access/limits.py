"""What a person may do only so often a day; each time leaves an audit line."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.kernel import clock
from zhiji.kernel.claims import Limit, UsedUp, claim

DAY = timedelta(days=1)


class TooOften(Exception):
    """This was done as often as a day allows; wait, or ask somebody whose role may do more."""


@transaction.atomic
def audit_limited(verb: str, *, by: User, most: int, advice: str, **detail: Any) -> None:
    """Leave an audit line of `by` that `verb` was done, unless it was `most` times since yesterday. Raises TooOften."""
    try:
        claim(f"often:{uuid4()}", Limit(f"often:{verb}:{by.pk}", most, within=DAY), as_of=clock.now())
    except UsedUp:
        raise TooOften(advice)
    audit(verb, by, by=by, **detail)
