"""Anniversaries by both calendars, age, places, buckets, consent, custom fields."""

from datetime import UTC, date, datetime
from hashlib import md5
from typing import Any

import pytest

from zhiji.flow.profile.models import Consent
from zhiji.flow.segment.tests.asked import NOW, person, who

pytestmark = pytest.mark.django_db
BIRTHDAY = {"kind": "anniversary", "attribute": "birthday"}


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC)


def test_a_birthday_is_near_by_the_calendar_that_the_customer_keeps() -> None:
    person("solar", birthday=date(1990, 5, 23))
    person("lunar", birthday=date(1990, 4, 30), birthday_calendar="lunar")  # 四月初六: 22 May 2026
    person("other", birthday=date(1990, 4, 30))
    assert who({**BIRTHDAY, "before": 3}) == {"solar", "lunar"}
    assert who({**BIRTHDAY, "before": 3, "calendar": "lunar"}) == {"lunar", "other"}
    assert who({**BIRTHDAY, "before": 2}) == {"lunar"}


def test_the_29th_of_february_is_kept_on_the_28th_in_a_common_year() -> None:
    person("leap", birthday=date(2000, 2, 29))
    assert who(BIRTHDAY, at("2026-02-28")) == {"leap"}
    assert who(BIRTHDAY, at("2028-02-28")) == set()
    assert who(BIRTHDAY, at("2028-02-29")) == {"leap"}


def test_a_leap_months_day_is_kept_in_the_ordinary_month_of_a_year_without_it() -> None:
    person("闰六月初一", birthday=date(2025, 7, 25), birthday_calendar="lunar")
    assert who(BIRTHDAY, at("2026-07-14")) == {"闰六月初一"}  # 六月初一
    assert who(BIRTHDAY, at("2025-07-25")) == set()


def test_age_is_in_whole_years() -> None:
    person("today", birthday=date(2008, 5, 20))
    person("tomorrow", birthday=date(2008, 5, 21))
    person("unborn", birthday=date(2027, 1, 1))
    adult = {"kind": "elapsed", "attribute": "birthday", "op": "ge", "value": 18, "unit": "years"}
    assert who(adult) == {"today"}
    assert who({**adult, "op": "lt"}) == {"tomorrow"}


def test_days_until_a_custom_field() -> None:
    person("soon", attributes={"expires": "2026-05-25"})
    person("over", attributes={"expires": "2026-05-19"})
    person("odd", attributes={"expires": "soon"})
    soon = {"kind": "elapsed", "attribute": "attributes.expires", "op": "le", "value": 7, "direction": "until"}
    assert who(soon) == {"soon"}


def test_a_place_is_an_area_a_province_or_a_city() -> None:
    person("杭州", region="浙江", city="杭州")
    person("宁波", region="浙江", city="宁波")
    person("南京", region="江苏", city="南京")
    person("nowhere")
    place: dict[str, Any] = {"kind": "attribute", "name": "place", "op": "in"}
    assert who({**place, "value": ["华东"]}) == {"杭州", "宁波", "南京"}
    assert who({**place, "value": ["浙江/杭州", "江苏"]}) == {"杭州", "南京"}
    assert who({**place, "op": "not_in", "value": ["华东"]}) == {"nowhere"}


def test_a_bucket_is_drawn_by_the_salt_and_the_root() -> None:
    ids = {f"n{number}": person(f"n{number}") for number in range(8)}
    drawn = {name for name, one in ids.items() if int(md5(f"x%:{one}".encode()).hexdigest()[:8], 16) % 2 == 0}
    assert who({"kind": "bucket", "salt": "x%", "of": 2, "from": 1, "to": 1}) == drawn


def test_consent_is_the_recorded_word() -> None:
    for name, granted in (("yes", True), ("no", False), ("silent", None)):
        one = person(name)
        if granted is not None:
            Consent.objects.create(customer_id=one, channel="email", granted=granted, at=NOW)
    assert who({"kind": "consent", "channel": "email"}) == {"yes"}
    assert who({"kind": "consent", "channel": "email", "granted": False}) == {"no"}


def test_a_custom_field_is_read_as_its_type_says() -> None:
    person("many", attributes={"likes": ["茶", "酒"], "since": "2026-01-31", "vip": True})
    person("none", attributes={"since": "2025-12-31"})
    custom = {"kind": "attribute", "name": "attributes.likes", "op": "has_any", "value": ["酒", "烟"]}
    assert who(custom) == {"many"}
    since = {"kind": "attribute", "name": "attributes.since", "op": "gt", "value": "2026-01-01"}
    assert who(since) == who({**since, "type": "date"}) == {"many"}
    assert who({"kind": "attribute", "name": "attributes.vip", "op": "eq", "value": True}) == {"many"}
