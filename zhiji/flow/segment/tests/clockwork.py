"""How time passes in a random life: by seconds and months, to midnights and to the very edges of windows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from zhiji.flow.segment.tests.folded import people
from zhiji.flow.segment.tests.histories import TICK
from zhiji.flow.segment.tests.oracle import Oracle
from zhiji.flow.segment.tests.oracle.moments import day_of, midnight
from zhiji.flow.segment.tests.trees import lengths

AGO = ("now", "now", "hour", "days", "days", "moment", "ahead", "ahead")
WAITS = ("second", "second", "minutes", "hours", "day", "day", "midnight", "midnight", "edge", "edge", "edge", "month")


class Clockwork:
    """Draws moments for a house at `now`."""

    now: datetime
    oracle: Oracle

    def moment(self, random: Any) -> datetime:
        form = random.choice(AGO)
        if form == "now":
            return self.now
        if form == "hour":
            return self.now - timedelta(minutes=random.choice((1, 60, 120)))
        if form == "days":
            return self.now - timedelta(days=random.choice((1, 2, 7, 30, 60, 200)))
        if form == "moment":
            return self.now - timedelta(seconds=random.randint(0, 86_400 * 20))
        return self.now + random.choice((timedelta(seconds=1), timedelta(hours=30), timedelta(days=3), TICK))

    def later(self, random: Any, form: str) -> datetime:
        zone = self.oracle.zone
        if form == "midnight":
            day = day_of(self.now, zone) + timedelta(days=random.choice((1, 1, 2, 7)))
            moment = midnight(day, zone) + random.choice((timedelta(), TICK, -TICK))
            return max(moment, self.now + timedelta(seconds=1))
        if form == "edge":
            return self.edge(random)
        step = {
            "second": timedelta(seconds=random.randint(1, 3)),
            "minutes": timedelta(minutes=random.choice((1, 30, 60))),
            "hours": timedelta(hours=random.choice((1, 3, 24))),
            "day": timedelta(days=random.choice((1, 2, 7))),
            "month": timedelta(days=random.choice((28, 31, 92, 365))),
        }[form]
        return self.now + step

    def edge(self, random: Any) -> datetime:
        """A moment at which some window of some definition ends on some fact, by the clock on the wall or exactly."""
        spans = lengths(self.trees())
        facts = [fact.at for person in people().values() for fact in person.facts]
        length = random.choice(spans) if spans else timedelta(days=1)
        ats = [at + length for at in facts if at + length > self.now + timedelta(seconds=1)]
        wall = [
            (at.astimezone(self.oracle.zone).replace(tzinfo=None) + length).replace(tzinfo=self.oracle.zone)
            for at in facts
        ]
        ats += [at for one in wall if (at := one.astimezone(UTC)) > self.now + timedelta(seconds=1)]
        if not ats:
            return self.now + timedelta(hours=7)
        return random.choice(sorted(ats)[:12]) + random.choice((timedelta(), timedelta(), TICK, -TICK))

    def trees(self) -> list[Any]:
        return [*self.oracle.segments.values(), *(tree for _, tree in self.oracle.schemes["plan"] if tree)]
