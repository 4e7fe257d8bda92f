"""Random customers: what happened to them, with much of it exactly on the edges of windows, and who they are."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from zhiji.flow.segment.tests.oracle import Fact, Person
from zhiji.flow.segment.tests.oracle.moments import back, day_of, midnight, period_start
from zhiji.flow.segment.tests.vocabulary import CHANNELS, CITIES, CUSTOM, DAYS, PROPERTIES, REGIONS, TAGS

TICK = timedelta(microseconds=1)
BEATS = tuple(timedelta(**span) for span in (
    {"hours": 1}, {"hours": 2}, {"hours": 24}, {"days": 3}, {"minutes": 30}, {"days": 7}, {"microseconds": 1}, {},
))  # fmt: skip


class Histories:
    """Draws people whose facts lie around the moments that will be asked about, in a zone."""

    def __init__(self, random: Random, moments: list[datetime], zone: str) -> None:
        self.random, self.moments, self.zone = random, moments, ZoneInfo(zone)

    def person(self, id_: int) -> Person:
        facts: list[Fact] = []
        for _ in range(self.random.choice((0, 1, 2, 2, 3, 3, 4, 5, 7))):
            facts += self.session()
        consents = [(channel, purpose) for channel in CHANNELS for purpose in ("marketing", "service")]
        return Person(
            id_,
            facts,
            portrait=self.portrait(),
            attributes={name: value for name in CUSTOM if (value := self.random.choice(CUSTOM[name])) is not None},
            tags={one for one in TAGS if self.random.random() < 0.4},
            consents={one: self.random.random() < 0.6 for one in consents if self.random.random() < 0.5},
        )

    # Facts.

    def session(self) -> list[Fact]:
        """Some facts after one another, often by a round span of time."""
        at, facts = self.moment(), []
        name = self.random.choice(list(PROPERTIES))
        for _ in range(self.random.choice((1, 1, 2, 3, 4))):
            facts.append(self.fact(name, at))
            at += self.random.choice(BEATS) + self.random.choice((timedelta(), timedelta(), TICK, -TICK))
            name = self.random.choice((name, *PROPERTIES)[:5])
        return facts

    def fact(self, name: str, at: datetime) -> Fact:
        drawn = {key: self.random.choice(values) for key, values in PROPERTIES[name].items()}
        return Fact(
            name, at, {key: value for key, value in drawn.items() if value is not None or self.random.random() < 0.3}
        )

    def moment(self) -> datetime:
        as_of = self.random.choice(self.moments)
        form = self.random.choice(("edge", "edge", "calendar", "any", "any", "recent"))
        if form == "edge":
            unit = self.random.choice(("days", "days", "weeks", "months", "hours", "minutes", "years"))
            at = back(as_of, self.random.choice((0, 1, 1, 2, 3, 4, 7, 12, 30)), unit, self.zone)
        elif form == "calendar":
            period = self.random.choice(("day", "week", "month", "quarter", "year"))
            start = period_start(day_of(as_of, self.zone), period)
            at = midnight(start - timedelta(days=self.random.choice((0, 0, 1, 7))), self.zone)
        else:
            days = 500 if form == "any" else 12
            return as_of - timedelta(seconds=self.random.randint(-86_400, 86_400 * days))
        return at + self.random.choice((timedelta(), timedelta(), TICK, -TICK))

    # What is known of them.

    def portrait(self) -> dict[str, Any]:
        birthday = self.birthday()
        first, second = sorted(self.moment().replace(second=0, microsecond=0) for _ in range(2))
        return {
            "name": self.random.choice(("", "李雷", "韩梅梅")),
            "gender": self.random.choice(("", "女", "男")),
            "birthday": birthday,
            "birthday_calendar": self.random.choice(("solar", "lunar")),
            "region": self.random.choice(("", *REGIONS)),
            "city": self.random.choice(("", *CITIES)),
            "priority": self.random.randint(0, 3),
            "owner": self.random.choice((None, "bob", "sue")),
            "registered_at": self.random.choice((None, self.moment())),
            "first_seen_at": first,
            "last_seen_at": second,
        }

    def birthday(self) -> date | None:
        """Days around now in some year, the awkward ones, or any."""
        form = self.random.choice(("none", "odd", "near", "near", "near", "young", "any"))
        if form == "none":
            return None
        if form == "odd":
            return date.fromisoformat(self.random.choice(DAYS))
        today = day_of(self.random.choice(self.moments), self.zone)
        if form == "young":
            return today - timedelta(days=self.random.choice((299, 300, 301, 355, 365, 366, 12, 0, -3)))
        if form == "any":
            return date(1935, 1, 1) + timedelta(days=self.random.randint(0, 32_000))
        day = today + timedelta(days=self.random.randint(-35, 35))
        return date(today.year - self.random.randint(1, 80), day.month, min(day.day, 28 if day.month == 2 else 30))


def at_local(zone: str, text: str, *, fold: int = 0) -> datetime:
    """A moment by the clock on the wall; `fold=1` is the second time in the night the clock is set back."""
    local = datetime.fromisoformat(text)
    return datetime.combine(local.date(), local.time() or time(), ZoneInfo(zone)).replace(fold=fold).astimezone(UTC)
