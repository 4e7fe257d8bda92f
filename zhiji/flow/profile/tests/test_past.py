"""What was known of a customer at a past moment, by when it was told, however late and in whatever order."""

import json
from itertools import count
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiji.access.models import User
from zhiji.flow.profile import actions, past
from zhiji.flow.profile.models import Past, Portrait
from zhiji.flow.profile.tests.acts import all_settle, at, customer, happens, identified, portrait
from zhiji.flow.resolve.models import Redirect

pytestmark = pytest.mark.django_db


def rows(relation: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(r)::text FROM {relation} AS r")
        return [json.loads(row) for (row,) in cursor.fetchall()]


def known(identity: str, days: float) -> dict[str, Any] | None:
    """The portrait as it was so many days ago; None before the customer was first seen."""
    root = portrait(identity).pk
    found = rows(past.portraits(at(days), [root]))
    everyone = {row["customer_id"]: row for row in rows(past.portraits(at(days), None))}
    assert everyone.get(root) == (found[0] if found else None)
    return found[0] if found else None


def tagged(identity: str, days: float) -> set[str]:
    root = portrait(identity).pk
    return {row["tag"] for row in rows(past.tags(at(days), [root]))}


def granted(identity: str, days: float) -> bool | None:
    root = portrait(identity).pk
    found = rows(past.consents(at(days), [root]))
    return found[0]["granted"] if found else None


def test_a_former_city_is_known_until_it_was_replaced() -> None:
    identified("user:1", days=9, city="杭州")
    identified("user:1", days=4, city="宁波")
    all_settle()
    assert [known("user:1", days)["city"] for days in (8, 5, 4, 0)] == ["杭州", "杭州", "宁波", "宁波"]


def test_before_it_was_told_a_part_was_empty() -> None:
    happens("page_viewed", "user:1", days=9)
    identified("user:1", days=4, city="宁波", birthday="1990-05-23", level=3)
    all_settle()
    before = known("user:1", 5)
    assert (before["city"], before["birthday"], before["attributes"]) == ("", None, {})
    assert known("user:1", 3)["attributes"] == {"level": 3}


def test_a_customer_not_yet_seen_didnt_exist() -> None:
    identified("user:1", days=4, city="宁波")
    all_settle()
    assert known("user:1", 5) is None


def test_what_is_told_again_and_again_stands_since_the_first_time() -> None:
    for days in (9, 7, 5, 3):
        identified("user:1", days=days, city="杭州")
        all_settle()
    assert known("user:1", 8)["city"] == "杭州"
    assert not Past.objects.exists()


def test_a_late_word_takes_its_place_between_older_ones() -> None:
    identified("user:1", days=9, city="杭州")
    identified("user:1", days=3, city="宁波")
    all_settle()
    identified("user:1", days=6, city="温州")
    all_settle()
    assert [known("user:1", days)["city"] for days in (7, 5, 2)] == ["杭州", "温州", "宁波"]


def test_a_word_later_than_the_same_one_repeated_parts_its_time() -> None:
    for days, city in ((9, "杭州"), (3, "杭州"), (6, "温州")):
        identified("user:1", days=days, city=city)
        all_settle()
    assert [known("user:1", days)["city"] for days in (7, 5, 2)] == ["杭州", "温州", "杭州"]


def test_tags_and_consents_have_a_past(alice: User) -> None:
    happens("tag_added", "user:1", days=9, tag="vip", by="alice")
    happens("tag_removed", "user:1", days=5, tag="vip", by="alice")
    happens("consent_changed", "user:1", days=8, channel="email", granted=True)
    happens("consent_changed", "user:1", days=2, channel="email", granted=False)
    all_settle()
    assert [tagged("user:1", days) for days in (10, 6, 4)] == [set(), {"vip"}, set()]
    assert [granted("user:1", days) for days in (9, 6, 1)] == [None, True, False]


def test_owner_and_priority_have_a_past(alice: User, bob: User) -> None:
    happens("page_viewed", "user:1", days=12)
    for days, owner in ((9, alice.pk), (5, bob.pk)):
        happens("owner_assigned", "user:1", days=days, owner=owner)
    happens("priority_set", "user:1", days=4, priority=2)
    all_settle()
    assert [known("user:1", days)["owner_id"] for days in (10, 6, 1)] == [None, alice.pk, bob.pk]
    assert [known("user:1", days)["priority"] for days in (5, 3)] == [0, 2]


def test_when_last_seen_is_known_for_every_moment() -> None:
    happens("page_viewed", "user:1", days=9)
    happens("page_viewed", "user:1", days=2)
    all_settle()
    assert known("user:1", 5)["last_seen_at"][:16] == at(9).isoformat()[:16]


def test_an_edit_here_and_its_fact_are_one_word(alice: User) -> None:
    one = customer("user:1", city="杭州")
    actions.edit_attributes(customer_ids=[one.pk], changes={"city": "宁波"}, by=alice)
    identified("user:1", days=3, city="温州")
    all_settle()
    assert sorted(Past.objects.values_list("was", flat=True)) == ["杭州", "温州"]


def test_a_merge_has_the_past_of_both_and_its_end_parts_them_again(alice: User) -> None:
    winner, loser = customer("user:1", city="杭州"), customer("user:2")
    identified("user:2", days=5, city="温州")
    identified("user:1", days=3, city="宁波")
    all_settle()
    actions.merge_customers(loser=loser.pk, winner=winner.pk, by=alice)
    all_settle()
    assert [known("user:1", days)["city"] for days in (4, 2, 0)] == ["温州", "宁波", "杭州"]
    actions.unmerge_customers(redirect=Redirect.objects.latest("pk"), by=alice)
    all_settle()
    assert known("user:1", 2)["city"] == "宁波"
    assert known("user:1", 4) is None


def test_erasing_a_customer_erases_the_past(alice: User) -> None:
    identified("user:1", days=9, city="杭州")
    identified("user:1", days=4, city="宁波")
    all_settle()
    actions.erase_customer(customer_id=portrait("user:1").pk, by=alice)
    all_settle()
    assert not Past.objects.exists()
    assert Portrait.objects.get().since == {}


def test_the_moments_of_change_are_listed() -> None:
    identified("user:1", days=9, city="杭州")
    identified("user:1", days=4, city="宁波")
    all_settle()
    root = portrait("user:1").pk
    assert past.moments(root, ["city"]) == [at(9), at(4)]


told = st.tuples(
    st.integers(1, 8), st.sampled_from(["city", "level", "tag", "consent"]), st.sampled_from(["a", "b", None])
)


names = count()


def tell(identity: str, days: int, part: str, value: str | None) -> None:
    if part == "tag":
        happens("tag_added" if value else "tag_removed", identity, days=days, tag="vip")
    elif part == "consent":
        happens("consent_changed", identity, days=days, channel="email", granted=bool(value))
    else:
        identified(identity, days=days, **{part: value})


@given(words=st.lists(told, min_size=1, max_size=8, unique_by=lambda one: (one[0], one[1])))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_past_is_what_was_told_by_then_in_whatever_order_it_came(words: list[Any]) -> None:
    identity = f"user:{next(names)}"
    happens("page_viewed", identity, days=10)
    for word in words:
        tell(identity, *word)
        all_settle()
    for days in range(10):
        then = {part: value for day, part, value in sorted(words, reverse=True) if day >= days}
        shown = known(identity, days)
        assert (shown["city"], shown["attributes"].get("level")) == (then.get("city") or "", then.get("level"))
        assert tagged(identity, days) == ({"vip"} if then.get("tag") else set())
        assert granted(identity, days) == (bool(then["consent"]) if "consent" in then else None)
