"""On which solar day a lunar birthday is kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiji.kernel.lunar import lunar_day, lunar_days_kept, next_kept, solar_days_kept

DAYS = st.dates(date(1930, 1, 1), date(2020, 12, 31))


def keeps(day: date, month: int, number: int, leap: bool = False) -> bool:
    return (month, number, leap) in lunar_days_kept(day)


def test_new_years_day_is_the_first_of_the_first_month() -> None:
    assert keeps(date(2026, 2, 17), 1, 1)
    assert lunar_day(date(2026, 2, 16)).year == 2025


def test_new_years_eve_is_kept_by_those_born_on_the_30th_though_the_month_has_29_days() -> None:
    assert lunar_day(date(2026, 2, 16)).month_days == 29
    assert keeps(date(2026, 2, 16), 12, 30)
    assert keeps(date(2026, 2, 16), 12, 29)


def test_in_a_long_month_the_29th_is_not_the_30th() -> None:
    eve = date(2024, 2, 9)
    assert lunar_day(eve).day == 30
    assert not keeps(eve - timedelta(days=1), 12, 30)
    assert keeps(eve, 12, 30) and not keeps(eve, 12, 29)


def test_a_birth_in_a_leap_month_is_kept_in_it_when_the_year_has_it() -> None:
    ordinary, leap = date(2025, 6, 25), date(2025, 7, 25)
    assert keeps(leap, 6, 1, leap=True)
    assert not keeps(ordinary, 6, 1, leap=True)


def test_a_birth_in_a_leap_month_is_kept_in_the_ordinary_month_of_other_years() -> None:
    assert keeps(date(2026, 7, 14), 6, 1, leap=True)


def test_a_birth_in_an_ordinary_month_is_not_kept_again_in_the_leap_month() -> None:
    assert keeps(date(2025, 6, 25), 6, 1)
    assert not keeps(date(2025, 7, 25), 6, 1)


def test_the_year_2033_has_its_leap_month_after_the_eleventh() -> None:
    assert (lunar_day(date(2033, 12, 22)).month, lunar_day(date(2033, 12, 22)).leap) == (11, True)


def test_the_29th_of_february_is_kept_on_the_28th_of_a_common_year() -> None:
    assert (2, 29) in solar_days_kept(date(2026, 2, 28))
    assert (2, 29) not in solar_days_kept(date(2028, 2, 28))
    assert solar_days_kept(date(2028, 2, 29)) == [(2, 29)]


@given(born=DAYS, year=st.integers(2021, 2060))
def test_everybody_born_on_a_lunar_day_keeps_exactly_one_day_in_each_lunar_year(born: date, year: int) -> None:
    birth = lunar_day(born)
    first = next_kept(1, 1, False, date(year, 1, 15))
    after = next_kept(1, 1, False, first + timedelta(days=300))
    days = [first + timedelta(days=number) for number in range((after - first).days)]
    kept = [day for day in days if keeps(day, birth.month, birth.day, birth.leap)]
    assert len(kept) == 1
    assert next_kept(birth.month, birth.day, birth.leap, first) == kept[0]


def test_years_outside_the_table_are_refused() -> None:
    with pytest.raises(ValueError, match="1850 to 2150"):
        lunar_day(date(1700, 1, 1))
