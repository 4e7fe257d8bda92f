"""Arithmetic with working time: pure, given the week, the special days and the zone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Slot = tuple[int, int]
"""Minutes of the day from and until; until at most 1440, which is midnight."""

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FARTHEST = 3660
"""Days that are looked through at most: ten years."""


class NoWorkingTime(ValueError):
    """There is no working time to be found; set the working hours, or ask for less."""


@dataclass(frozen=True)
class Special:
    """A day that isn't as its weekday."""

    works: bool
    name: str


@dataclass(frozen=True)
class Step:
    """What a day gave: `used` of working time, from its first to its last moment; none on a day of rest."""

    day: date
    used: timedelta
    begins: datetime | None
    ends: datetime | None
    special: Special | None


@dataclass(frozen=True)
class Deadline:
    """When working time is used up, and day by day why. `unknown`: years of which no holidays are known."""

    at: datetime
    steps: Sequence[Step]
    unknown: Sequence[int]


@dataclass(frozen=True)
class Calendar:
    """`week`: the slots of each weekday, Monday first. A day that makes up for a holiday works as the week's first
    working day does."""

    week: Sequence[Sequence[Slot]]
    special: Mapping[date, Special]
    zone: ZoneInfo

    def slots(self, day: date) -> Sequence[Slot]:
        """When a day is worked."""
        special = self.special.get(day)
        if special is None:
            return self.week[day.weekday()]
        return next((slots for slots in self.week if slots), ()) if special.works else ()

    def works(self, day: date) -> bool:
        return bool(self.slots(day))

    def workdays_after(self, day: date, count: int) -> date:
        """The day so many working days after a day; with 0, that day, or the next working one. Raises NoWorkingTime."""
        for passed in self._days(day):
            if count and passed == day:
                continue
            if self.works(passed):
                count -= 1
                if count <= 0:
                    return passed
        raise NoWorkingTime

    def deadline(self, start: datetime, working: timedelta) -> Deadline:
        """The moment at which so much working time has passed since `start`. Raises NoWorkingTime."""
        steps: list[Step] = []
        for day in self._days(start.astimezone(self.zone).date()):
            used, begins, ends = timedelta(), None, None
            for opens, closes in self._moments(day):
                opens = max(opens, start)
                part = min(closes - opens, working)
                if part <= timedelta():
                    continue
                begins, ends = begins or opens, opens + part
                used, working = used + part, working - part
            steps.append(Step(day, used, begins, ends, self.special.get(day)))
            if not working and ends is not None:
                return Deadline(ends, steps, self._unknown(steps))
        raise NoWorkingTime

    def _moments(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        for opens, closes in self.slots(day):
            yield (midnight + opens * MINUTE).astimezone(UTC), (midnight + closes * MINUTE).astimezone(UTC)

    def _days(self, first: date) -> Iterator[date]:
        return (first + number * DAY for number in range(FARTHEST))

    def _unknown(self, steps: Sequence[Step]) -> list[int]:
        known = {day.year for day in self.special}
        return sorted({step.day.year for step in steps} - known)
