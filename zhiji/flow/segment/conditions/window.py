"""Windows: how far back a leaf looks. Half open: (as_of − window, as_of].

Minutes and hours are exact. Days, weeks and months go by the wall clock of the workspace's zone: the same
time of day so many days earlier; where a month lacks the day, the end of that month. A wall-clock time that
a change to summer time skips is read as the clock would have run on.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from zhiji.flow.segment.conditions.node import ConditionError
from zhiji.kernel import clock

Unit = Literal["minutes", "hours", "days", "weeks", "months"]
LONGEST: dict[str, int] = {"minutes": 5_256_000, "hours": 87_600, "days": 36_500, "weeks": 5_200, "months": 1_200}


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last `last` units before the moment asked about."""

    last: int
    unit: Unit = "days"

    def check(self, path: str) -> None:
        if not 1 <= self.last <= LONGEST[self.unit]:
            raise ConditionError(
                f"{path}.last", f"a window has 1 to {LONGEST[self.unit]} {self.unit}", "such as 90 days"
            )

    @property
    def key(self) -> str:
        return f"last_{self.last}_{self.unit}"

    def start(self, as_of: datetime) -> datetime:
        """The moment after which facts count."""
        return back(as_of, self.last, self.unit)


def back(as_of: datetime, count: float, unit: str) -> datetime:
    """`count` units before `as_of`, in UTC."""
    if unit in ("minutes", "hours"):
        return (as_of - timedelta(**{unit: count})).astimezone(UTC)
    local = as_of.astimezone(clock.zone()).replace(fold=0)
    if unit == "months":
        return _months_back(local, int(count)).astimezone(UTC)
    return (local - timedelta(**{unit: count})).astimezone(UTC)


def _months_back(local: datetime, count: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 - count, 12)
    length = monthrange(year, month + 1)[1]
    if local.day <= length:
        return local.replace(year=year, month=month + 1)
    midnight = local.replace(year=year, month=month + 1, day=length, hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
