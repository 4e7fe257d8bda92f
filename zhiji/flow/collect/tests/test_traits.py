"""Traits are read as the cells of a file are; one odd one is left out and named, and never costs the rest."""

from typing import Any

import orjson
import pytest

from zhiji.access import privacy
from zhiji.flow.collect.models import NothingWords, Source
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db(transaction=True)


def said(door: Door, **traits: Any) -> dict[str, Any]:
    """The properties of the fact that an identify call becomes."""
    assert door.send("/v1/identify", {"userId": "u-1", "traits": traits}).status_code == 200
    found: dict[str, Any] = Accepted.objects.latest("id").properties
    return found


def sealed() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(privacy.unseal(Accepted.objects.latest("id").sealed or b"", "traits"))
    return found


@pytest.mark.parametrize(
    ("name", "given", "right"),
    [
        ("gender", "女", "female"), ("gender", "1", "male"), ("gender", 2, "female"), ("gender", "Male", "male"),
        ("birthday", "1990-04-30T16:00:00.000Z", "1990-05-01"), ("birthday", "1990/5/1", "1990-05-01"),
        ("birthday_calendar", "农历", "lunar"), ("city", " 杭州\u200b ", "杭州"), ("name", "'=王芳", "=王芳"),
        ("registered_at", 1700000000, "2023-11-14T22:13:20+00:00"),
        ("registered_at", "2023-11-14 22:13:20", "2023-11-14T22:13:20+00:00"),
        ("level", "gold", "gold"), ("score", 4.5, 4.5), ("city", None, None), ("city", "", None),
    ],
)  # fmt: skip
def test_a_trait_is_read_by_its_kind(door: Door, shop: Source, name: str, given: Any, right: Any) -> None:
    assert said(door, **{name: given}) == {"traits": {name: right}}


@pytest.mark.parametrize("word", ["NULL", r"\N", "N/A", "-", "未知", "保密", "0000-00-00", "ｎ／ａ"])
@pytest.mark.parametrize("name", ["name", "gender", "city", "birthday", "registered_at", "email", "phone", "level"])
def test_a_word_for_nothing_says_nothing(door: Door, shop: Source, name: str, word: str) -> None:
    assert said(door, **{name: word}) == {"traits": {}}
    assert Accepted.objects.latest("id").sealed is None


@pytest.mark.parametrize(
    ("name", "odd"),
    [("gender", "杭州"), ("birthday", "昨天"), ("birthday", "2999-01-01"), ("registered_at", "0001-01-01"),
     ("registered_at", "2999-01-01"), ("city", "x" * 41), ("name", {"a": 1}), ("email", "a@b"), ("phone", "1.39E+10")],
)  # fmt: skip
def test_an_odd_trait_is_left_out_and_named(door: Door, shop: Source, name: str, odd: Any) -> None:
    found = said(door, **{name: odd, "level": "gold"})
    assert found["traits"] == {"level": "gold"} and list(found["rejected"]) == [name]


def test_only_a_clear_yes_allows_mail(door: Door, shop: Source) -> None:
    found = said(door, consent={"email": "false", "sms": "是", "wechat": "maybe", "phone": True})
    assert found["traits"] == {"consent": {"email": False, "sms": True, "phone": True}}
    assert list(found["rejected"]) == ["consent.wechat"]


def test_contact_values_have_one_writing(door: Door, shop: Source) -> None:
    said(door, email="Li <LI@Example.com>", phone="0086-139 0002 1103")
    assert sealed() == {"email": "li@example.com", "phone": "+8613900021103"}


def test_the_workspaces_words_count_within_two_seconds(door: Door, shop: Source) -> None:
    NothingWords.objects.create(words=["没填"])
    assert said(door, city="没填", name="N/A") == {"traits": {"name": "N/A"}}
