"""How back-ups stand: the last good one, and what went wrong since."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from zhiji.kernel import clock
from zhiji.kernel.models import Heartbeat

HEART = "back-up"


@dataclass(frozen=True)
class Standing:
    """`good_at` and what the last good one held; `trouble` of the last attempt, if it failed."""

    good_at: datetime | None = None
    place: str = ""
    rows: int = 0
    seconds: float = 0.0
    trouble: str = ""

    def late(self, hours: int) -> bool:
        """Whether there is none of the last two periods."""
        return self.good_at is None or clock.now() - self.good_at > timedelta(hours=2 * hours)


def last() -> Standing:
    """What the last back-up left in the database."""
    heart = Heartbeat.objects.filter(name=HEART).first()
    if heart is None:
        return Standing()
    told = heart.detail
    good = datetime.fromisoformat(told["good_at"]) if told.get("good_at") else None
    return Standing(good, told.get("place", ""), told.get("rows", 0), told.get("seconds", 0.0), told.get("trouble", ""))
