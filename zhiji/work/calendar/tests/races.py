"""Who meets at the lock of the working calendar."""

from typing import Any

from zhiji.access.models import AuditLine
from zhiji.config.tests.races.racing import Race
from zhiji.work.calendar import actions


def two_set_the_hours() -> Race:
    """The audit line of the second tells what the first wrote."""

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        assert AuditLine.objects.order_by("-id")[0].detail["before"][0] == "08:00-12:00"

    return Race(
        lambda: actions.set_week(["08:00-12:00"], by=None), lambda: actions.set_week(["09:00-12:00"], by=None), then
    )


RACES = {"zhiji/work/calendar/actions.py:_locked": two_set_the_hours}
