"""Set the working hours, and the holidays of a year."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.work.calendar.models import SpecialDay, Week
from zhiji.work.calendar.reading import Unread, holidays, slots, written_slots


@transaction.atomic
def set_week(hours: Sequence[str], *, by: User | None) -> None:
    """The hours of each weekday, Monday first, an empty text for a day of rest. Raises Unread, Forbidden."""
    require(by, "settings:write")
    read = [written_slots(slots(text)) for text in hours]
    if not any(read):
        raise Unread(_("一周至少要有一段上班时间"))
    week = _locked()
    before, week.hours = week.hours, read
    week.save()
    audit("working hours changed", week, by=by, before=before, after=read)


@transaction.atomic
def set_year(year: int, text: str, *, by: User | None) -> int:
    """The holidays of a year, and the days that make up for them, instead of those known; how many they are. Raises
    Unread, Forbidden.
    """
    require(by, "settings:write")
    days = holidays(text, year)
    week = _locked()
    SpecialDay.objects.filter(day__range=(date(year, 1, 1), date(year, 12, 31))).delete()
    SpecialDay.objects.bulk_create(
        [SpecialDay(day=day, works=one.works, name=one.name) for day, one in days.items()],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["works", "name"],
    )
    audit("holidays changed", week, by=by, year=year, days=len(days))
    return len(days)


def _locked() -> Week:
    """The calendar's one row: who changes it meanwhile waits."""
    return Week.objects.select_for_update().get()
