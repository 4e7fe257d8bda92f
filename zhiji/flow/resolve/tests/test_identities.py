"""Facts find their customer, or make one."""

from itertools import count

import pytest

from zhiji.flow.resolve.models import Customer, Identity, Redirect
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
_keys = count()


def happens(name: str, identity: str | None = None, also: str | None = None, customer_id: int | None = None) -> None:
    record([NewFact(name, clock.now(), "test", str(next(_keys)), {}, customer_id, identity, also)])


def person(key: str) -> int:
    return Identity.objects.get(pk=key).customer_id


def root(key: str) -> int:
    return Identity.objects.get(pk=key).customer.root_id


def test_several_facts_of_one_new_identity_make_one_customer() -> None:
    for _ in range(3):
        happens("page_viewed", "user:7")
    run_once()
    assert Customer.objects.count() == 1
    assert set(Fact.objects.values_list("customer_id", flat=True)) == {person("user:7")}


def test_a_known_identity_keeps_its_customer_in_a_later_batch() -> None:
    happens("page_viewed", "user:7")
    run_once()
    happens("page_viewed", "user:7")
    run_once()
    assert Customer.objects.count() == 1


def test_a_second_identity_never_seen_goes_to_the_same_customer() -> None:
    happens("page_viewed", "user:7", "anonymous:a")
    run_once()
    assert person("user:7") == person("anonymous:a")


def test_a_fact_without_identity_is_not_lost() -> None:
    happens("page_viewed")
    run_once()
    assert Fact.objects.count() == Customer.objects.count() == 1


def test_a_visitor_who_identifies_is_merged_into_the_user() -> None:
    happens("page_viewed", "anonymous:a")
    happens("customer_identified", "user:7", "anonymous:a")
    run_once()
    redirect = Redirect.objects.get()
    assert (redirect.loser_id, redirect.winner_id) == (person("anonymous:a"), person("user:7"))
    assert root("anonymous:a") == root("user:7") == person("user:7")


def test_facts_keep_the_customer_they_were_recorded_for() -> None:
    happens("page_viewed", "anonymous:a")
    happens("customer_identified", "user:7", "anonymous:a")
    run_once()
    assert Fact.objects.get(name="page_viewed").customer_id == person("anonymous:a") != person("user:7")


def test_a_second_person_on_a_shared_device_is_not_merged_with_the_first() -> None:
    happens("page_viewed", "anonymous:a")
    happens("customer_identified", "user:1", "anonymous:a")
    happens("customer_identified", "user:2", "anonymous:a")
    happens("page_viewed", "anonymous:a")
    run_once()
    assert root("user:1") != root("user:2")
    assert root("anonymous:a") == root("user:1")


def test_an_ordinary_fact_with_both_ids_of_two_customers_merges_nobody() -> None:
    happens("page_viewed", "anonymous:a")
    happens("page_viewed", "user:7")
    happens("order_paid", "user:7", "anonymous:a")
    run_once()
    assert not Redirect.objects.exists()


def test_an_alias_merges_two_named_customers() -> None:
    happens("page_viewed", "user:old")
    happens("page_viewed", "user:new")
    happens("identity_aliased", "user:new", "user:old")
    run_once()
    assert root("user:old") == person("user:new")


def test_a_merge_is_a_fact_of_the_one_merged() -> None:
    happens("page_viewed", "user:old")
    happens("page_viewed", "user:new")
    happens("identity_aliased", "user:new", "user:old")
    run_once()
    run_once()
    fact = Fact.objects.get(name="customers_merged")
    assert fact.properties["loser"] == fact.customer_id == person("user:old")


def test_aliases_in_a_circle_make_one_customer() -> None:
    for new, old in (("b", "a"), ("c", "b"), ("a", "c")):
        happens("page_viewed", f"user:{new}")
        happens("identity_aliased", f"user:{new}", f"user:{old}")
    run_once()
    assert len({root(f"user:{one}") for one in "abc"}) == 1


@pytest.mark.parametrize("size", [1, 2, 100])
def test_how_facts_fall_into_batches_makes_no_difference(size: int) -> None:
    happens("page_viewed", "anonymous:a")
    happens("customer_identified", "user:1", "anonymous:a")
    happens("customer_identified", "user:2", "anonymous:a")
    happens("customer_identified", "user:2", "anonymous:b")
    happens("identity_aliased", "user:3", "user:2")
    while run_once(limit=size):
        pass
    names = ("user:1", "user:2", "user:3", "anonymous:a", "anonymous:b")
    together = {tuple(sorted(one for one in names if root(one) == each)) for each in {root(one) for one in names}}
    assert together == {("anonymous:a", "user:1"), ("anonymous:b", "user:2", "user:3")}
