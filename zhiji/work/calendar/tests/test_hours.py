"""Working time: several slots a day, holidays, days that make up for them, and deadlines that say why."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zhiji.work.calendar.hours import Calendar, NoWorkingTime, Special
from zhiji.work.calendar.reading import slots

CHINA, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
USUAL = slots("09:00-12:00, 13:00-18:00")
WEEK = [USUAL] * 5 + [()] * 2
LABOUR = {
    **{date(2026, 5, day): Special(False, "劳动节") for day in range(1, 6)},
    date(2026, 5, 9): Special(True, "劳动节"),
}


def calendar(zone: ZoneInfo = CHINA) -> Calendar:
    return Calendar(WEEK, LABOUR, zone)


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(start: str, hours: float) -> str:
    return calendar().deadline(at(start), timedelta(hours=hours)).at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-06 17:00", 8, "2026-03-09 17:00"),  # Friday: an hour, then Monday's seven over noon
        ("2026-03-06 12:30", 1, "2026-03-06 14:00"),  # at lunch
        ("2026-03-06 09:00", 3, "2026-03-06 12:00"),  # ends with the slot, not when the next begins
        ("2026-03-06 18:00", 1, "2026-03-09 10:00"),  # after hours
        ("2026-03-07 10:00", 8, "2026-03-09 18:00"),  # on a Saturday
        ("2026-04-30 17:00", 2, "2026-05-06 10:00"),  # over the holiday
        ("2026-05-08 17:00", 2, "2026-05-09 10:00"),  # into the Saturday that makes up for it
        ("2026-03-06 09:00", 80, "2026-03-19 18:00"),  # ten days
    ],
)
def test_a_deadline_counts_working_time_only(start: str, hours: float, end: str) -> None:
    assert due(start, hours) == end


def test_it_says_day_by_day_why() -> None:
    deadline = calendar().deadline(at("2026-04-30 17:00"), timedelta(hours=2))
    told = [
        (step.day.day, step.used / timedelta(hours=1), step.special and step.special.name) for step in deadline.steps
    ]
    assert told == [(30, 1, None), *((day, 0, "劳动节") for day in range(1, 6)), (6, 1, None)]
    assert deadline.unknown == []


def test_years_without_known_holidays_are_named() -> None:
    assert calendar().deadline(at("2026-12-31 17:00"), timedelta(hours=2)).unknown == [2027]


def test_when_the_clocks_are_set_an_hour_that_is_not_there_is_not_worked() -> None:
    night = Calendar([slots("00:00-06:00")] * 7, {}, BERLIN)
    end = night.deadline(at("2026-03-29 00:00", BERLIN), timedelta(hours=5)).at
    assert end.astimezone(BERLIN).strftime("%d %H:%M") == "29 06:00"


def test_working_days_after_a_day() -> None:
    for start, count, end in (("2026-04-30", 1, "2026-05-06"), ("2026-05-02", 0, "2026-05-06"),
                              ("2026-05-08", 1, "2026-05-09"), ("2026-03-06", 0, "2026-03-06")):  # fmt: skip
        assert calendar().workdays_after(date.fromisoformat(start), count) == date.fromisoformat(end)


def test_no_working_time_is_said_not_looked_for_for_ever() -> None:
    with pytest.raises(NoWorkingTime):
        Calendar([()] * 7, {}, CHINA).deadline(at("2026-03-06 09:00"), timedelta(hours=1))
    with pytest.raises(NoWorkingTime):
        Calendar([()] * 7, {}, CHINA).workdays_after(date(2026, 3, 6), 1)
