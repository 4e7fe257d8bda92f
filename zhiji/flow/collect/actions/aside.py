"""Have what was set aside tried again at once, or give it up."""

from collections.abc import Sequence

from django.db import transaction

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.kernel import clock
from zhiji.kernel.models import Lane, SetAside


@transaction.atomic
def try_again(ids: Sequence[int], *, by: User | None) -> int:
    """Have these facts tried again within a second. Returns how many there are."""
    require(by, "quarantine:write")
    rows = list(SetAside.objects.select_for_update().filter(pk__in=ids))
    for row in rows:
        audit("set-aside fact tried again", row, by=by, fact=row.name)
    return SetAside.objects.filter(pk__in=[row.pk for row in rows]).update(next_try=clock.now())


@transaction.atomic
def drop(ids: Sequence[int], *, by: User | None) -> int:
    """Give these facts up: those the log hasn't are gone, the others are never looked at by classes and rules."""
    require(by, "quarantine:write")
    rows = list(SetAside.objects.select_for_update().filter(pk__in=ids))
    for row in rows:
        audit("set-aside fact dropped", row, by=by, fact=row.name, message=str(row.message_key), stage=row.stage)
    SetAside.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


@transaction.atomic
def try_lanes(*, by: User | None) -> int:
    """Have the lake given at once what it couldn't be given. Returns how many fact names."""
    require(by, "quarantine:write")
    for lane in Lane.objects.all():
        audit("lake tried again", lane, by=by)
    return Lane.objects.update(next_try=clock.now())
