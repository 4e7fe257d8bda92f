"""A window begins at the same time of day by the workspace's clock."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from zhiji.flow.segment.conditions.window import back
from zhiji.kernel import clock

NEW_YORK = ZoneInfo("America/New_York")


def test_a_month_that_lacks_the_day_begins_at_its_end() -> None:
    assert back(datetime(2026, 3, 31, 12, tzinfo=UTC), 1, "months") == datetime(2026, 2, 28, 16, tzinfo=UTC)


def test_hours_are_exact() -> None:
    assert back(datetime(2026, 3, 31, 12, tzinfo=UTC), 36, "hours") == datetime(2026, 3, 30, tzinfo=UTC)


def test_a_day_across_a_change_to_summer_time_has_23_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "zone", lambda: NEW_YORK)
    noon: Any = datetime(2026, 3, 8, 12, tzinfo=NEW_YORK)
    assert (noon.astimezone(UTC) - back(noon, 1, "days")).total_seconds() == 23 * 3600
