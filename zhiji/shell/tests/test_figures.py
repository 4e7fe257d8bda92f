"""Figures as people write them, in both languages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from zhiji.shell import figures

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (9876, "9,876", "9,876"),
        (12345, "1.23万", "12.3K"),
        (1_204_000, "120万", "1.2M"),
        (456_000_000, "4.56亿", "456M"),
        (-23456, "-2.35万", "-23.5K"),
        (3.14159, "3.14", "3.14"),
        (None, "–", "–"),
        ("none", "–", "–"),
        (float("nan"), "–", "–"),
    ],
)
def test_big_numbers(value: object, chinese: str, english: str) -> None:
    with override("zh-hans"):
        assert figures.big(value) == chinese
    with override("en"):
        assert figures.big(value) == english


@pytest.mark.parametrize(
    ("value", "written"),
    [(Decimal("1234.5"), "¥1,234.50"), (123456, "¥12.3万"), (-5, "−¥5.00"), (None, "–"), ("", "–")],
)
def test_money_has_its_currency(value: object, written: str) -> None:
    assert figures.money(value) == written


def test_money_in_a_currency_without_a_sign(settings) -> None:  # type: ignore[no-untyped-def]
    settings.CURRENCY = "CHF"
    assert figures.money(3) == "CHF 3.00"


@pytest.mark.parametrize(("share", "written"), [(0.1234, "12.3%"), (1, "100%"), (0, "0%"), (None, "–")])
def test_shares(share: object, written: str) -> None:
    assert figures.percent(share) == written


def test_moments_are_told_in_the_workspaces_zone() -> None:
    assert figures.moment(NOON) == "2026-03-04 12:00"
    assert figures.moment(date(2026, 3, 4)) == "2026-03-04"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=30), "刚刚"),
        (timedelta(minutes=3), "3 分钟前"),
        (timedelta(hours=5), "5 小时前"),
        (timedelta(hours=20), "昨天"),
        (timedelta(days=5), "5 天前"),
        (timedelta(days=400), "2025-01-28"),
        (timedelta(minutes=-10), "10 分钟后"),
        (timedelta(days=-3), "3 天后"),
    ],
)
def test_how_long_ago(passed: timedelta, words: str) -> None:
    assert figures.ago(NOON - passed, now=NOON) == words
