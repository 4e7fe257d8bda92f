"""What an act is told by programs, and what its undoing gives back to whom."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import Role, User
from zhiji.config.tests.house import bearer
from zhiji.desks.loyalty.actions import NewCoupon, create_offer, issue_coupons
from zhiji.desks.loyalty.models import Coupon
from zhiji.desks.sales.actions import open_task
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.offers.kinds import TASKS
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.records.actions import Outcome, act_on, take_back
from zhiji.records.models import Deed

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_user("alice", role=Role.ADMINISTRATOR)


@pytest.fixture
def bob(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_user("bob", role=Role.SALES)


@pytest.fixture
def task(alice: User, bob: User) -> Task:
    customer = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=customer.pk).update(root_id=customer.pk)
    Portrait.objects.create(customer_id=customer.pk, name="王芳", owner=bob)
    due = clock.day_of(clock.now()) + timedelta(days=1)
    return open_task(by=alice, customer_id=customer.pk, title="回访", due_on=due, owner=bob)


def done(task: Task, act: str, by: User, **values: Any) -> Outcome:
    chosen = TASKS.act(act)
    assert chosen is not None
    return act_on(TASKS, chosen, ids=[task.pk], values=values, by=by)


def given_back(outcome: Outcome, by: User) -> int:
    assert outcome.deed is not None
    return take_back(TASKS, outcome.deed, by=by).changed


def owner(task: Task) -> User | None:
    return Task.objects.get(pk=task.pk).owner


def test_who_hands_their_own_over_may_take_it_back(alice: User, bob: User, task: Task) -> None:
    """It is out of their sight by then."""
    outcome = done(task, "hand_over", bob, owner=alice)
    assert given_back(outcome, bob) == 1 and owner(task) == bob


def test_taking_back_gives_nobody_what_was_never_theirs(alice: User, bob: User, task: Task) -> None:
    User.objects.filter(pk=bob.pk).update(role=Role.MANAGER)
    carol = User.objects.create_user("carol", role=Role.SALES)
    Task.objects.filter(pk=task.pk).update(owner=carol)
    outcome = done(task, "hand_over", User.objects.get(pk=bob.pk), owner=alice)
    User.objects.filter(pk=bob.pk).update(role=Role.SALES)
    assert given_back(outcome, User.objects.get(pk=bob.pk)) == 0 and owner(task) == alice


@pytest.mark.parametrize("gone", [True, False])
def test_nothing_goes_back_to_somebody_who_left(alice: User, bob: User, task: Task, gone: bool) -> None:
    outcome = done(task, "hand_over", alice, owner=alice)
    if gone:
        bob.delete()
    else:
        User.objects.filter(pk=bob.pk).update(is_active=False)
    assert given_back(outcome, alice) == 0 and owner(task) == alice


def test_words_about_a_customer_are_not_kept_for_undoing(alice: User, task: Task) -> None:
    outcome = done(task, "close", alice, outcome="王芳搬去了长安街")
    assert "长安街" not in str(Deed.objects.get().changes)
    assert given_back(outcome, alice) == 1


@pytest.mark.parametrize(
    ("act", "name", "wrong"),
    [("postpone", "due_on", 20990101), ("postpone", "due_on", True), ("hand_over", "owner", True),
     ("hand_over", "owner", 1.5)],
)  # fmt: skip
def test_programs_tell_values_of_the_right_type(alice: User, task: Task, act: str, name: str, wrong: Any) -> None:
    User.objects.get_or_create(pk=1, defaults={"username": "first", "role": Role.SALES})
    ask = {"act": act, "ids": [task.pk], "values": {name: wrong}}
    client = Client(headers=bearer(alice))
    answer = client.post("/api/lists/all_tasks/acts", ask, content_type="application/json")
    assert answer.status_code == 422 and not Deed.objects.exists()
    answer = client.post("/api/lists/all_tasks/acts", {**ask, "ids": [True]}, content_type="application/json")
    assert answer.json()["path"] == "ids[0]"


def test_a_long_list_of_filters_breaks_nothing(alice: User, task: Task) -> None:
    """An address that Django would refuse to lead to."""
    client = Client()
    client.force_login(alice)
    long = "q=" + "x" * 3000
    for place in ("acts/drop/", "views/"):
        answer = client.post(f"/tasks/all/{place}", {"row": task.pk, "query": long, "name": "长"})
        assert (answer.status_code, answer["Location"]) == (302, "/tasks/all/")
    assert client.post("/tasks/all/acts/drop/", {"back": "/" + "x" * 3000})["Location"] == "/tasks/all/"


def test_a_coupon_is_not_extended_for_ever(alice: User, task: Task) -> None:
    offer = create_offer(by=None, name="十元券", value=Decimal(10))
    coupon = issue_coupons(offer, [NewCoupon(task.customer_id, "one")], by=None, as_of=clock.now()).coupons[0]
    Coupon.objects.update(expires_at="9999-12-30T00:00:00Z")
    ask = {"act": "extend", "ids": [coupon.pk], "values": {"days": 7}}
    answer = Client(headers=bearer(alice)).post("/api/lists/coupons/acts", ask, content_type="application/json")
    assert answer.status_code == 422 and "2199" in answer.json()["detail"]
