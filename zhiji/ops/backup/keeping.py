"""Which back-ups are kept: those of a day, and the newest of each of so many days, weeks and months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zhiji.kernel import clock
from zhiji.ops.backup.repository import STAMP


@dataclass(frozen=True)
class Rule:
    """How many of the workspace's days, weeks and months keep their newest back-up; those of the last 24 hours are all
    kept.
    """

    days: int = 7
    weeks: int = 4
    months: int = 12

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """From `7 days, 4 weeks, 12 months`. Raises ValueError with advice."""
        found: dict[str, int] = {"days": 0, "weeks": 0, "months": 0}
        for part in filter(None, (one.strip() for one in text.split(","))):
            count, _, unit = part.partition(" ")
            unit = unit.strip().rstrip("s") + "s"
            if not count.isdigit() or unit not in found:
                raise ValueError("say how many of each are kept, such as 7 days, 4 weeks, 12 months")
            found[unit] = int(count)
        if not any(found.values()):
            raise ValueError("it must keep some, such as 7 days, 4 weeks, 12 months")
        return cls(**found)

    def forgotten(self, names: Sequence[str]) -> list[str]:
        """Those of the back-ups (oldest first) that aren't kept."""
        kept = {name for name in names if _moment(names[-1]) - _moment(name) < timedelta(days=1)}
        for count, form in ((self.days, "%Y-%m-%d"), (self.weeks, "%G-%V"), (self.months, "%Y-%m")):
            newest: dict[str, str] = {}
            for name in names:
                newest[_moment(name).astimezone(clock.zone()).strftime(form)] = name
            kept |= {newest[period] for period in sorted(newest, reverse=True)[:count]}
        return [name for name in names if name not in kept]


def _moment(name: str) -> datetime:
    return datetime.strptime(name, STAMP).replace(tzinfo=UTC)
