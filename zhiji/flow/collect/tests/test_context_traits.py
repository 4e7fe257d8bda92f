"""What an event says of its customer in `context.traits` is told, once as long as it stays the same."""

from collections.abc import Iterator
from typing import Any

import pytest

from zhiji.flow.collect.models import Source
from zhiji.flow.collect.protocol import beside
from zhiji.flow.collect.tests.conftest import Door
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    beside.forget()
    yield
    beside.forget()


def event(user: str | None = "u-1", number: int = 0, **traits: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Video Played", "userId": user, "anonymousId": "a-1", "messageId": f"m{number}",
            "context": {"traits": traits, "locale": "zh-CN"}}  # fmt: skip


def told() -> list[tuple[str, str | None, Any]]:
    rows = Accepted.objects.filter(name="customer_identified").order_by("id")
    return [(row.identity or "", row.also, row.properties["traits"]) for row in rows]


def test_they_are_told_of_the_strongest_identity_without_proving_another(door: Door, shop: Source) -> None:
    door.send("/v1/track", event(city="杭州", gender="女", email="li@example.com"))
    assert told() == [("user:u-1", None, {"city": "杭州", "gender": "female"})]
    identified = Accepted.objects.get(name="customer_identified")
    assert identified.sealed and "li@example.com" not in str(identified.properties)
    assert "traits" not in Accepted.objects.get(name="video_played").properties["context"]
    door.send("/v1/track", event(None, city="上海"))
    assert told()[1:] == [("anonymous:a-1", None, {"city": "上海"})]


def test_the_same_again_is_not_told_again_and_a_value_that_returns_is(door: Door, shop: Source) -> None:
    for number, city in enumerate(("杭州", "杭州", "上海", "杭州")):
        door.batch(event(number=number, city=city))
    assert [traits["city"] for _, _, traits in told()] == ["杭州", "上海", "杭州"]


def test_an_identify_call_says_its_own(door: Door, shop: Source) -> None:
    door.batch({**event(city="杭州"), "type": "identify", "traits": {"city": "宁波"}}, event(number=2, city="杭州"))
    assert [traits["city"] for _, _, traits in told()] == ["宁波", "杭州"]


@pytest.mark.parametrize("odd", ["x", None, [], {}, {"a": {"b": 1}}, {"x": "y" * 33_000}])
def test_odd_ones_never_cost_the_event(door: Door, shop: Source, odd: Any) -> None:
    one = event()
    one["context"]["traits"] = odd
    assert door.batch(one, {"type": "track", "event": "A", "userId": "undefined"}).json()["quarantined"] == 1
    assert Accepted.objects.filter(name="video_played").count() == 1


def test_a_retry_after_the_database_was_away_tells_them(
    door: Door, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zhiji.flow.collect import inbox

    async def away(*_: Any) -> None:
        raise inbox.Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(inbox.Inbox, "put", away)
        assert door.batch(event(city="杭州")).status_code == 503
    assert door.batch(event(city="杭州")).status_code == 200
    assert len(told()) == 1
