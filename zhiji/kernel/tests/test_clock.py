"""The workspace's days: where they begin, on which one a moment falls, and whether its clocks are ever set."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import override_settings

from zhiji.kernel import clock

EVENING = datetime(2026, 5, 3, 16, tzinfo=UTC)
"""Midnight in Shanghai."""


@override_settings(TIME_ZONE="Asia/Shanghai")
def test_a_day_begins_at_the_workspaces_midnight() -> None:
    moment = timedelta(microseconds=1)
    assert [clock.day_of(EVENING - moment), clock.day_of(EVENING)] == [date(2026, 5, 3), date(2026, 5, 4)]
    assert clock.days_before(EVENING, 0) == EVENING
    assert clock.days_before(EVENING - moment, 0) == EVENING - timedelta(days=1)
    assert clock.days_before(EVENING + timedelta(hours=5), 3) == EVENING - timedelta(days=3)


@override_settings(TIME_ZONE="America/New_York")
def test_days_before_are_counted_by_the_calendar_where_clocks_are_set() -> None:
    noon = datetime(2026, 3, 8, 16, tzinfo=UTC)  # of the day of 23 hours
    assert clock.days_before(noon, 0) == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert clock.days_before(noon, -1) == datetime(2026, 3, 9, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "first", "last", "is_set"),
    [
        ("Asia/Shanghai", 1992, 2026, False),
        ("Asia/Shanghai", 1991, 1991, True),
        ("Asia/Shanghai", 1991, 2026, True),
        ("Asia/Shanghai", 1985, 1986, True),
        ("America/New_York", 2026, 2026, True),
        ("UTC", 1900, 2026, False),
    ],
)
def test_whether_clocks_were_set_is_known_by_the_year(place: str, first: int, last: int, is_set: bool) -> None:
    with override_settings(TIME_ZONE=place):
        assert clock.is_set(first, last) is is_set


def test_only_a_test_moves_the_clock(move_clock, settings) -> None:  # type: ignore[no-untyped-def]
    move_clock(timedelta(days=400))
    assert timedelta(days=399) < clock.now() - datetime.now(UTC) < timedelta(days=401)
    settings.OPTIONS = type("Options", (), {"test_clock": False})
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(days=1)
