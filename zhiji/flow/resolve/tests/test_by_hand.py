"""Customers made, merged and parted by hand: what is refused, what is left behind, what a file's identities become."""

from typing import Any

import pytest

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.resolve.actions import AlreadyOne, IdentityTaken, add_customer, customers_for, merge, unmerge
from zhiji.flow.resolve.models import Customer, Identity, KeptApart, Redirect
from zhiji.flow.resolve.tests.test_merging import customers, roots_now
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db


def told(name: str) -> list[tuple[int, dict[str, Any]]]:
    facts = Accepted.objects.filter(name=name).order_by("id")
    return [(int(fact.customer_id or 0), fact.properties) for fact in facts]


def test_a_merge_moves_the_whole_tree_and_says_who_proved_it(mona: User) -> None:
    a, b, c, d = customers(4)
    merge(loser=a, winner=b, by=mona)
    KeptApart.objects.create(one_id=min(b, c), other_id=max(b, c))
    KeptApart.objects.create(one_id=min(b, d), other_id=max(b, d))
    redirect = merge(loser=b, winner=c, by=mona, proof="same card")
    assert roots_now() == {a: c, b: c, c: c, d: d}
    assert redirect.proof == "same card" and Redirect.objects.get(loser=a).proof == f"user {mona}"
    assert [(one.one_id, one.other_id) for one in KeptApart.objects.all()] == [(min(b, d), max(b, d))]
    assert AuditLine.objects.order_by("-id")[0].detail == {"loser": b, "winner": c, "proof": "same card"}
    assert told("customers_merged") == [
        (a, {"loser": a, "winner": b, "proof": f"user {mona}"}), (b, {"loser": b, "winner": c, "proof": "same card"})
    ]  # fmt: skip


def test_nobody_is_merged_with_themselves_with_nobody_or_twice(mona: User) -> None:
    a, b, c = customers(3)
    with pytest.raises(AlreadyOne, match="它自己"):
        merge(loser=a, winner=a, by=mona)
    for loser, winner in ((a, c + 99), (c + 99, a)):
        with pytest.raises(Customer.DoesNotExist):
            merge(loser=loser, winner=winner, by=mona)
    merge(loser=a, winner=b, by=mona)
    merge(loser=b, winner=c, by=mona)
    with pytest.raises(AlreadyOne, match="已经是同一位"):
        merge(loser=a, winner=c, by=mona)
    assert Redirect.objects.count() == 2


def test_a_lifted_merge_parts_both_is_told_of_both_and_keeps_them_apart(mona: User, bob: User) -> None:
    a, b = customers(2)
    redirect = merge(loser=b, winner=a, by=mona)
    with pytest.raises(Forbidden):
        unmerge(redirect=redirect, by=bob)
    assert unmerge(redirect=redirect, by=mona) == (b, a)
    assert roots_now() == {a: a, b: b} and not Redirect.objects.exists()
    assert [(one.one_id, one.other_id) for one in KeptApart.objects.all()] == [(a, b)]
    assert told("customers_unmerged") == [(b, {"loser": b, "winner": a}), (a, {"loser": b, "winner": a})]
    line = AuditLine.objects.get(verb="customers unmerged")
    assert line.detail == {"loser": b, "winner": a, "proof": f"user {mona}"}
    assert line.object_type == "resolve.redirect"
    with pytest.raises(Redirect.DoesNotExist):
        unmerge(redirect=Redirect(pk=999, loser_id=b, winner_id=a), by=mona)


def test_a_customer_made_by_hand_is_their_own_root_known_by_their_number(mona: User, anna: User) -> None:
    made = add_customer(identity="user:m-1", kind="organisation", told={"parts": ["name"]}, by=mona)
    row = Customer.objects.get(pk=made)
    assert (row.root_id, row.kind, Identity.objects.get().customer_id) == (made, "organisation", made)
    assert AuditLine.objects.get(verb="customer created").detail == {"parts": ["name"]}
    assert add_customer(identity=None, kind="person", told={}, by=mona) != made
    with pytest.raises(IdentityTaken):
        add_customer(identity="user:m-1", kind="person", told={}, by=mona)
    with pytest.raises(ValueError, match="客户类型只能是"):
        add_customer(identity=None, kind="robot", told={}, by=mona)
    with pytest.raises(Forbidden):
        add_customer(identity=None, kind="person", told={}, by=anna)
    assert (Customer.objects.count(), Identity.objects.count()) == (2, 1)


def test_identities_of_a_file_are_who_they_were_or_made_each_once(alice: User, mark: User) -> None:
    known = add_customer(identity="user:1", kind="person", told={}, by=None)
    found = customers_for(identities=["user:2", "user:1", "user:2", "user:3"], by=alice)
    assert found["user:1"] == known and len({*found.values()}) == 3
    assert {one.pk: one.root_id for one in Customer.objects.all()} == {pk: pk for pk in found.values()}
    assert customers_for(identities=found, by=None) == found and Customer.objects.count() == 3
    with pytest.raises(Forbidden):
        customers_for(identities=["user:9"], by=mark)
    assert not Identity.objects.filter(key="user:9").exists()
