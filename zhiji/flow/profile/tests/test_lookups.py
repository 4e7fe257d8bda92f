"""Whole numbers are looked up only so often: a mask can't be completed by trying."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django.test import Client

from zhiji.access.limits import TooOften
from zhiji.access.models import AuditLine, User
from zhiji.flow.profile import lookups
from zhiji.flow.profile.queries import search
from zhiji.flow.profile.tests.acts import customer

pytestmark = pytest.mark.django_db


def lines() -> QuerySet[AuditLine]:
    return AuditLine.objects.filter(verb=lookups.VERB)


def guesses(user: User, count: int) -> None:
    for number in range(count):
        search(user, f"1381{number:04}678")


def test_who_sees_masks_looks_up_few_numbers_a_day(anna: User) -> None:
    one = customer("user:1", name="王芳", contact={"phone": "13899995678"})
    guesses(anna, lookups.MASKED)
    with pytest.raises(TooOften):
        search(anna, "13899995678")
    assert [found.pk for found in search(anna, "5678")] == [one.pk]
    assert [found.pk for found in search(anna, "王芳")] == [one.pk]


def test_who_may_see_values_looks_up_as_many_as_the_work_needs(sue: User) -> None:
    customer("user:1", contact={"phone": "13899995678"})
    guesses(sue, lookups.MASKED + 1)
    assert search(sue, "13899995678")


def test_each_lookup_leaves_a_line_without_the_value(anna: User) -> None:
    search(anna, "13899995678")
    search(anna, "wang@example.com")
    assert [line.detail for line in lines().order_by("id")] == [{"kind": "phone"}, {"kind": "email"}]
    assert {line.user for line in lines()} == {anna}


def test_the_same_number_again_and_digits_still_being_typed_dont_count(anna: User) -> None:
    for end in range(1, 12):
        search(anna, "13899995678"[:end])
    search(anna, "138 9999 5678")
    assert lines().count() == 1


def test_a_number_as_an_identity_is_a_lookup_too(anna: User) -> None:
    customer("user:1")
    search(anna, "user:13899995678")
    assert lines().count() == 1


def test_yesterdays_lookups_dont_count(anna: User, move_clock: Callable[[timedelta], None]) -> None:
    guesses(anna, lookups.MASKED)
    move_clock(timedelta(days=1, seconds=1))
    assert search(anna, "13899995678") == []


def test_every_door_refuses_with_the_advice(anna: User, client: Client) -> None:
    guesses(anna, lookups.MASKED)
    client.force_login(anna)
    page = client.get("/customers/", {"q": "13899995678"})
    fragment = client.get("/customers/", {"q": "13899995678"}, headers={"HX-Request": "true"})
    assert (page.status_code, fragment.status_code) == (429, 429)
    assert "20" in page.content.decode() and "20" in fragment.content.decode()
    assert fragment["Content-Type"].startswith("text/plain")


def entered(browser: Client, member: str) -> int:
    return browser.post(
        "/customers/new/", {"key": member, "kind": "person", "priority": "0", "member": member}
    ).status_code


def test_that_a_member_number_is_taken_is_told_so_often_a_day_and_leaves_a_line(
    bob: User, mona: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "REVEALING", 3)
    customer("user:M-7", owner=mona)
    client.force_login(bob)
    assert [entered(client, f"M-{number}") for number in (6, 7, 8)] == [302, 422, 302]
    assert [(line.user, line.detail) for line in lines()] == [(bob, {"kind": "member"})] * 3
    assert [entered(client, f"M-{number}") for number in (7, 9)] == [422, 429], "the same again isn't counted again"
    client.force_login(mona)
    assert [entered(client, f"N-{number}") for number in range(5)] == [302] * 5, "who sees all is told nothing new"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()
