"""Named reads of the working calendar."""

from collections.abc import Sequence
from datetime import date

from zhiji.kernel import clock
from zhiji.work.calendar.hours import Calendar, Special
from zhiji.work.calendar.models import SpecialDay, Week
from zhiji.work.calendar.reading import slots


def calendar() -> Calendar:
    """The shop's working time, by two reads."""
    week = [slots(text) for text in Week.objects.get().hours]
    rows = SpecialDay.objects.values_list("day", "works", "name")
    return Calendar(week, {day: Special(works, name) for day, works, name in rows}, clock.zone())


def years() -> list[int]:
    """The years of which holidays are known."""
    return sorted({day.year for day in SpecialDay.objects.values_list("day", flat=True)})


def missing(today: date) -> Sequence[int]:
    """The years whose holidays should be known and aren't: this one, and from November on, when they are announced,
    the next."""
    wanted = [today.year] if today.month < 11 else [today.year, today.year + 1]
    return sorted({*wanted} - {*years()})
