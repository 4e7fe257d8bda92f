"""Merges by hand, and their undoing."""

import threading
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.resolve.actions import AlreadyOne, merge, unmerge
from zhiji.flow.resolve.models import Customer, Redirect
from zhiji.flow.resolve.roots import roots
from zhiji.flow.resolve.tests.test_identities import happens, person, root
from zhiji.kernel.pipeline import run_once


def customers(count: int) -> list[int]:
    made = [Customer.objects.create(root_id=0) for _ in range(count)]
    for one in made:
        one.root_id = one.pk
        one.save()
    return [one.pk for one in made]


def roots_now() -> dict[int, int]:
    return dict(Customer.objects.values_list("id", "root_id"))


@pytest.mark.django_db
def test_a_manager_merges_and_it_is_audited(mona: User) -> None:
    one, other = customers(2)
    merge(loser=one, winner=other, by=mona)
    assert roots_now() == {one: other, other: other}
    assert AuditLine.objects.get().verb == "customers merged"


@pytest.mark.django_db
def test_a_salesperson_may_not_merge_and_nothing_happens(bob: User) -> None:
    one, other = customers(2)
    with pytest.raises(Forbidden):
        merge(loser=one, winner=other, by=bob)
    assert roots_now() == {one: one, other: other}


@pytest.mark.django_db
def test_two_that_are_one_already_are_refused(alice: User) -> None:
    one, other = customers(2)
    merge(loser=one, winner=other, by=alice)
    with pytest.raises(AlreadyOne):
        merge(loser=other, winner=one, by=alice)


@pytest.mark.django_db
def test_a_merge_into_one_merged_before_follows_to_the_end(alice: User) -> None:
    a, b, c, d = customers(4)
    for loser, winner in pairwise((a, b, c, d)):
        merge(loser=loser, winner=winner, by=alice)
    assert set(roots_now().values()) == {d}


@pytest.mark.django_db
def test_lifting_the_middle_of_a_chain_leaves_both_ends(alice: User) -> None:
    a, b, c = customers(3)
    merge(loser=a, winner=b, by=alice)
    middle = merge(loser=b, winner=c, by=alice)
    unmerge(redirect=middle, by=alice)
    assert roots_now() == {a: b, b: b, c: c}


@pytest.mark.django_db
def test_what_a_person_took_apart_no_later_fact_merges_again(alice: User) -> None:
    happens("page_viewed", "anonymous:a")
    happens("customer_identified", "user:7", "anonymous:a")
    run_once()
    unmerge(redirect=Redirect.objects.get(), by=alice)
    happens("customer_identified", "user:7", "anonymous:a")
    run_once()
    assert root("anonymous:a") == person("anonymous:a") != root("user:7")


OPERATIONS = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5)), max_size=14)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_everything_is_as_if_the_lifted_merges_had_never_been(operations: list[tuple[bool, int, int]]) -> None:
    with transaction.atomic():
        ids = customers(6)
        standing: list[tuple[int, int]] = []
        for laying, one, other in operations:
            if laying:
                try:
                    redirect = merge(loser=ids[one], winner=ids[other], by=None)
                except AlreadyOne:
                    continue
                standing.append((redirect.loser_id, redirect.winner_id))
            elif standing:
                loser, winner = standing.pop(one % len(standing))
                unmerge(redirect=Redirect.objects.get(loser_id=loser, winner_id=winner), by=None)
            assert {one: roots_now()[one] for one in ids} == roots(ids, standing)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_the_same_pair_in_opposite_ways_make_one_redirect() -> None:
    one, other = customers(2)
    gate = threading.Barrier(2)
    refused: list[Exception] = []

    def race(loser: int, winner: int) -> None:
        gate.wait()
        try:
            merge(loser=loser, winner=winner, by=None)
        except AlreadyOne as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Redirect.objects.count() == 1
    assert len(set(roots_now().values())) == 1
