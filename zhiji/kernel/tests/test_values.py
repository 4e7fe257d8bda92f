"""Each kind of value is read one way, and what can't be read surely is refused at once."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiji.kernel.values import (
    Refusal,
    calendar,
    coupon,
    currency,
    email,
    flag,
    gender,
    identifier,
    moment,
    money,
    nothing,
    number,
    phone,
    tag,
    written,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 5, 3, 8, tzinfo=UTC)
REFUSED = object()


def is_read(parse: Callable[[str], Any], text: str, right: Any) -> None:
    found = parse(text)
    if right is REFUSED:
        assert isinstance(found, Refusal) and str(found), (text, found)
    else:
        assert (found, type(found)) == (right, type(right)), text


@pytest.mark.parametrize(
    "text",
    ["13900021102", "13900021102.0", "8613900021102", "+86 139 0002 1102", "0086-139-0002-1102", "(+86)13900021102",
     "１３９０００２１１０２", "139\u200b00021102", '="13900021102"', "'13900021102", "013900021102"],
)  # fmt: skip
def test_a_mobile_number_is_one_however_it_is_written(text: str) -> None:
    assert phone.parse(text) == "+8613900021102"


@pytest.mark.parametrize(
    ("text", "right"),
    [("1.39E+10", REFUSED), ("139000211020", REFUSED), ("1390002110", REFUSED), ("12", REFUSED), ("", REFUSED),
     ("13900021102/13900021103", REFUSED), ("62345678", REFUSED), ("010-6234 5678", "+861062345678"),
     ("400-123-4567", "+864001234567"), ("+44 20 7946 0958", "+442079460958"), ("0044 2079460958", "+442079460958"),
     ("x" * 5000, REFUSED), ("1" * 39, REFUSED)],
)  # fmt: skip
def test_other_numbers_are_read_where_they_exist_and_what_is_none_is_refused(text: str, right: Any) -> None:
    is_read(phone.parse, text, right)


@pytest.mark.parametrize(
    "text",
    ["li@example.com", " Li@Example.COM ", "mailto:li@example.com?subject=hi", "李 <li@example.com>",
     "ｌｉ＠example.com", "li@exam\u200bple.com",
     '"Li, Q" <LI@example.com>', "li@example.com;", "li@example。com", "<li@example.com>"],
)  # fmt: skip
def test_an_address_is_one_however_it_is_written(text: str) -> None:
    assert email.parse(text) == "li@example.com"


@pytest.mark.parametrize(
    ("text", "right"),
    [("用户@例子.中国", "用户@xn--fsqu00a.xn--fiqs8s"), ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
     ("a@b", REFUSED), ("a@b.c@d.cn", REFUSED), ("a@b.cn;c@d.cn", REFUSED), ("a b@c.cn", REFUSED), ("@c.cn", REFUSED),
     ("a@-b.cn", REFUSED), ("a@1.1.1.1", REFUSED), ("a" * 65 + "@b.cn", REFUSED), ("a@" + "b." * 300 + "cn", REFUSED)],
)  # fmt: skip
def test_domains_of_other_scripts_are_one_and_what_is_no_address_is_refused(text: str, right: Any) -> None:
    is_read(email.parse, text, right)


@pytest.mark.parametrize(
    ("text", "right"),
    [("1,234.56", Decimal("1234.56")), ("1 234 567", Decimal(1234567)), ("-3", Decimal(-3)), ("1e3", Decimal("1e3")),
     (".5", Decimal("0.5")), ("１２．５", Decimal("12.5")), ("12,50", REFUSED), ("1.234,56", REFUSED),
     ("1,23,456", REFUSED), ("1234,567", REFUSED), ("1,234 567", REFUSED), ("12 50", REFUSED), ("1.2万", REFUSED),
     ("1e999999999", REFUSED), ("1e-999", REFUSED), ("9" * 39, REFUSED), ("9" * 10**6, REFUSED), ("NaN", REFUSED),
     ("", REFUSED), (".", REFUSED), ("1_000", REFUSED), ("٣", REFUSED), ("10000000000000", REFUSED)],
)  # fmt: skip
def test_a_number_is_read_as_it_stands_or_refused(text: str, right: Any) -> None:
    is_read(number.parse, text, right)


def test_a_decimal_comma_is_read_where_the_form_says_so() -> None:
    german = number.FORMS["1.234,56"]
    assert number.parse("1.234,56", german) == Decimal("1234.56")
    assert number.parse("12,50", german) == Decimal("12.50")
    assert isinstance(number.parse("12.50", german), Refusal)
    assert all(number.parse(text, form) == Decimal("1234.56") for text, form in number.FORMS.items())


def test_whole_numbers_and_those_of_json() -> None:
    assert [number.whole("3.0"), number.whole("1,200")] == [3, 1200]
    assert isinstance(number.whole("3.5"), Refusal)
    assert number.of(0.1) == Decimal("0.1") and number.of("12.50") == Decimal("12.50")
    for none in (True, float("nan"), float("inf"), 10**13, None, [], 1e300):
        assert isinstance(number.of(none), Refusal)


@pytest.mark.parametrize(
    ("text", "right"),
    [("￥1,299.00", Decimal("1299.00")), ("99元", Decimal(99)), ("-¥5", Decimal(-5)), ("CNY 12.5", Decimal("12.5")),
     ("12,50", REFUSED), ("1.234,56", REFUSED), ("$12", REFUSED), ("1.2万", REFUSED), ("¥1e12", REFUSED),
     ("--5", REFUSED), ("¥", REFUSED), ("1e999999999", REFUSED)],
)  # fmt: skip
def test_an_amount_may_bear_the_mark_of_its_currency_and_no_other(text: str, right: Any) -> None:
    is_read(money.parse, text, right)


@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [("$12", "CNY", money.OTHER_CURRENCY), ("12 USD", "CNY", money.OTHER_CURRENCY), ("12USD", "USD", Decimal(12)),
     ("¥5", "USD", money.OTHER_CURRENCY), ("¥12万", "CNY", money.NO_AMOUNT), ("¥12元", "CNY", Decimal(12)),
     ("+¥5", "CNY", Decimal(5)), ("−5", "CNY", Decimal(-5)), ("1e3元", "CNY", Decimal("1e3")),
     ("999999999999.99", "CNY", Decimal("999999999999.99")), ("1000000000000", "CNY", money.TOO_LARGE),
     ("-1000000000000", "CNY", money.TOO_LARGE), ("x", "CNY", money.NO_AMOUNT), ("1.2.3", "CNY", money.NO_AMOUNT)],
)  # fmt: skip
def test_what_is_wrong_with_an_amount_is_told(text: str, expected: str, right: Any) -> None:
    assert money.parse(text, expected=expected) == right


def test_an_amount_is_kept_to_the_cent_and_halves_go_away_from_zero() -> None:
    written = [Decimal(one) for one in ("0.005", "-0.005", "0.015", "0.0149", "1299", "0.0050001")]
    assert [str(money.cents(one)) for one in written] == ["0.01", "-0.01", "0.02", "0.01", "1299.00", "0.01"]


def test_amounts_of_another_currency_are_never_added() -> None:
    assert [currency.own(one, "CNY") for one in ("cny", "元", "USD", "¤")] == [
        "CNY", "CNY", currency.OTHER, currency.NO_CURRENCY,
    ]  # fmt: skip
    assert [currency.sign_of(one) for one in ("CNY", "USD", "CHF")] == ["¥", "$", "CHF "]


def test_a_birthdays_calendar_is_one_of_two() -> None:
    assert [calendar.parse(one) for one in ("公历", "阳历", " Solar ", "农历", "ｌｕｎａｒ", "旧历")] == [
        "solar", "solar", "solar", "lunar", "lunar", "lunar",
    ]  # fmt: skip
    assert calendar.parse("回历") is calendar.parse("") is calendar.NO_CALENDAR


def test_currencies_by_code_or_mark() -> None:
    assert [currency.parse(one) for one in ("usd", "¥", "RMB", "人民币", " eur ", "HK$")] == [
        "USD", "CNY", "CNY", "CNY", "EUR", "HKD",
    ]  # fmt: skip
    assert isinstance(currency.parse("XYZ"), Refusal)


@pytest.mark.parametrize(
    "text",
    ["2026-03-04 15:06:07", "2026/3/4 15:06:07", "2026年3月4日 15:06:07", "2026.03.04 15:06:07", "20260304150607",
     "2026-03-04T07:06:07Z", "2026-03-04T07:06:07.000+00:00", "2026-03-04 15:06:07+08", "2026年3月4日15时6分7秒"],
)  # fmt: skip
def test_a_moment_is_one_however_it_is_written(text: str) -> None:
    assert moment.parse(text, SHANGHAI) == datetime(2026, 3, 4, 7, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "right"),
    [("1990-05-01", date(1990, 5, 1)), ("1990/5/1", date(1990, 5, 1)), ("19900501", date(1990, 5, 1)),
     ("1990年5月1日", date(1990, 5, 1)), ("1990-04-30T16:00:00.000Z", date(1990, 5, 1)),
     ("1990-05-01 08:00", date(1990, 5, 1)),
     ("0000-00-00", REFUSED), ("1990-02-30", REFUSED), ("昨天", REFUSED), ("0990-05-01", REFUSED),
     ("2199-01-01", REFUSED),
     ("1990", REFUSED), ("45231", REFUSED), ("5/1/1990", REFUSED)],
)  # fmt: skip
def test_a_day_is_the_workspaces(text: str, right: Any) -> None:
    is_read(lambda given: moment.day(given, SHANGHAI, now=NOW), text, right)


def test_what_happened_did_so_after_1970_and_not_tomorrow() -> None:
    for text in ("1969-12-31", "2026-05-05", "9999-01-01"):
        assert isinstance(moment.parse(text, UTC, now=NOW), Refusal)
    assert moment.parse("2199-01-01", UTC) == datetime(2199, 1, 1, tzinfo=UTC)
    assert moment.parse("05/03/2026", UTC, "%m/%d/%Y") == datetime(2026, 5, 3, tzinfo=UTC)
    assert moment.of(1777795200, UTC) == moment.of("1777795200000", UTC) == datetime(2026, 5, 3, 8, tzinfo=UTC)


def test_a_moment_is_refused_from_the_very_next_one_on() -> None:
    second, last = timedelta(seconds=1), NOW + moment.TOLERANCE
    told = {one: moment.parse(one.isoformat(), UTC, now=NOW) for one in (moment.BEGINNING, last)}
    assert list(told) == list(told.values())
    assert moment.parse((moment.BEGINNING - second).isoformat(), UTC, now=NOW) is moment.TOO_OLD
    assert moment.parse((last + second).isoformat(), UTC, now=NOW) is moment.FUTURE
    years = [moment.parse(f"{year}-06-01", UTC) for year in (1899, 1900, 2199, 2200)]
    assert [isinstance(one, Refusal) for one in years] == [True, False, False, True]
    assert years[0] is years[3] is moment.IMPLAUSIBLE


def test_a_day_is_refused_from_the_very_next_one_on() -> None:
    told = [moment.day(one, SHANGHAI, now=NOW) for one in ("2026-05-04", "2026-05-05", "1900-01-01", "1899-12-31")]
    assert told == [date(2026, 5, 4), moment.FUTURE, date(1900, 1, 1), moment.IMPLAUSIBLE]
    assert [moment.day(one, SHANGHAI) for one in ("2199-12-31", "2200-01-01", "早上")] == [
        date(2199, 12, 31), moment.IMPLAUSIBLE, moment.NO_DAY,
    ]  # fmt: skip
    assert moment.day("2026-05-04 02:00", SHANGHAI, now=NOW + timedelta(hours=-17)) is moment.FUTURE


@pytest.mark.parametrize(
    ("text", "micro"), [("06:07.5", 500_000), ("06:07.000001", 1), ("06:07,123456789", 123_456), ("06:07", 0)]
)
def test_parts_of_a_second_are_read_as_far_as_they_are_kept(text: str, micro: int) -> None:
    assert moment.parse(f"2026-03-04 15:{text}", UTC) == datetime(2026, 3, 4, 15, 6, 7, micro, tzinfo=UTC)


def test_a_zone_that_is_written_counts_and_else_the_workspaces() -> None:
    for zoned in ("15:00+08", "15:00+0800", "15:00 +08:00", "07:00z", "07:00 UTC", "07:00GMT", "15:00", "01:30-05:30"):
        assert moment.parse(f"2026-03-04 {zoned}", SHANGHAI) == datetime(2026, 3, 4, 7, tzinfo=UTC), zoned


def test_numbers_of_json_are_seconds_or_milliseconds_and_nothing_else_is_a_moment() -> None:
    assert moment.of(1777795200.5, UTC) == datetime(2026, 5, 3, 8, 0, 0, 500_000, tzinfo=UTC)
    assert moment.of("20260304", UTC) == datetime(2026, 3, 4, tzinfo=UTC)
    assert moment.of(-86400, UTC) == datetime(1969, 12, 31, tzinfo=UTC)
    assert moment.of(-86400, UTC, now=NOW) is moment.TOO_OLD
    assert [moment.of(one, UTC) for one in (True, None, [], 1e300, float("nan"))] == [moment.NO_MOMENT] * 5


@pytest.mark.parametrize("text", ['="3900"', "'3900", "`3900", "3900\t", "\ufeff3900", "39\u200b00", ' "3900" '])
def test_an_identifier_is_freed_of_what_programs_put_around(text: str) -> None:
    assert identifier.parse(text) == "3900"


def test_identifiers_of_nobody_and_contact_values_are_known() -> None:
    assert identifier.parse("0") == "0"
    for nobody in ("0", "undefined", "[object Object]", '="null"', "", " "):
        assert isinstance(identifier.person(nobody), Refusal)
    assert isinstance(identifier.parse("3.9E+18"), Refusal) and isinstance(identifier.parse("4E+18"), Refusal)
    assert identifier.contact("13900027101.0") == identifier.contact("+86 139 0002 7101") == ("phone", "+8613900027101")
    assert identifier.contact("Li@Example.com") == ("email", "li@example.com")
    assert [identifier.contact(one) for one in ("900", "62345678", "01062345678", "a-1")] == [None] * 4


def test_words_for_nothing_are_known_without_case_and_width() -> None:
    words = nothing.Words()
    assert all(map(words.mean, ("", " ", "null", "Ｎ／Ａ", r"\N", "-", "0000-00-00", "未知", '="NULL"')))
    assert not any(map(words.mean, ("0", "无", "Nullarbor", "杭州")))
    assert nothing.Words(["没有"]).mean("没有") and not nothing.Words(["没有"]).mean("NULL")


def test_tags_coupons_genders_and_flags() -> None:
    assert {tag.key(one) for one in ("VIP", "vip", "ＶＩＰ", " Vip ")} == {"vip"}
    assert tag.parse("ＶＩＰ  客户") == "VIP 客户" and isinstance(tag.parse("x" * 41), Refusal)
    assert coupon.parse(" abcd ef２３ ") == "ABCDEF23"
    assert [gender.parse(one) for one in ("女", "M", "1", "未知", "0", "保密", "先生")] == [
        "female", "male", "male", "", "", "", "male",
    ]  # fmt: skip
    assert isinstance(gender.parse("杭州"), Refusal)
    assert [flag.parse(one) for one in ("是", "NO", "1", "同意")] == [True, False, True, True]


@given(st.sampled_from(["=", "'", "+", "@", "-", "\t", '="', '"']), st.text(max_size=8))
def test_a_cell_made_safe_for_spreadsheets_is_taken_back(first: str, rest: str) -> None:
    text = written.trimmed(first + rest)
    if text and not (text.startswith('="') and text.endswith('"')):
        assert written.cell(written.safe(text)) == text


PARSERS: list[Callable[[str], Any]] = [
    phone.parse, email.parse, number.parse, money.parse, currency.parse, identifier.parse, identifier.contact,
    tag.parse, coupon.parse, flag.parse, gender.parse, nothing.Words().mean, lambda text: moment.parse(text, SHANGHAI),
    lambda text: moment.of(text, SHANGHAI), lambda text: moment.day(text, SHANGHAI, now=NOW),
]  # fmt: skip


@given(st.text() | st.text("0123456789.,-+eE¥@:/ T'\"=", max_size=45))
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in PARSERS:
        parse(text)


@pytest.mark.parametrize(
    "text", ["1e999999999", "9" * 10**6, "1," * 10**5, "a@" + "b." * 10**5, "<" * 10**5, " " * 10**5]
)
def test_every_parser_answers_a_hostile_text_at_once(text: str) -> None:
    for parse in PARSERS:
        began = time.perf_counter()
        parse(text)
        assert time.perf_counter() - began < 0.02
