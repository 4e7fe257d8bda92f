"""What a person wants to be told, where and when."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.work.notices.kinds import kinds_for
from zhiji.work.notices.models import Choice, Rhythm


class BadRhythm(ValueError):
    """No such rhythm or hour; the message says what there is."""


@transaction.atomic
def choose(*, by: User, kinds: Mapping[str, tuple[bool, bool]], every: str, hour: int, quiet: bool) -> None:
    """One's own settings: of each kind whether in the bell and in mails, and when mails go out. Raises BadRhythm."""
    if every not in Rhythm.Every.values or not 0 <= hour <= 23:
        raise BadRhythm(_("请选择多久发一次邮件，以及 0 到 23 点中的一点"))
    known = {one.key for one in kinds_for(by)}
    rows = [
        Choice(user=by, kind=key, bell=bell, mail=mail) for key, (bell, mail) in sorted(kinds.items()) if key in known
    ]
    Choice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["bell", "mail"]
    )
    Rhythm.objects.update_or_create(user=by, defaults={"every": every, "hour": hour, "quiet": quiet})
    off = [one.kind for one in rows if not one.bell and not one.mail]
    audit("notices chosen", by, by=by, every=every, hour=hour, off=off)
