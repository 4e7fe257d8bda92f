"""The home page begins with what waits for whoever looks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from zhiji.access.models import Role, User
from zhiji.desks.sales.actions import close_task, open_task
from zhiji.desks.sales.models import Task
from zhiji.flow.profile.actions import assign_owner
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


@pytest.fixture
def mona() -> User:
    return User.objects.create_user("mona", role=Role.MANAGER)


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", role=Role.SALES)


def home(user: User) -> tuple[dict[str, str], str, Client]:
    client = Client()
    client.force_login(user)
    shown = client.get("/")
    return {str(one["what"].label): one["count"] for one in shown.context["today"]}, shown.content.decode(), client


def given(by: User, owner: User, title: str, days: int) -> Task:
    who = customer(f"user:{title}").pk
    assign_owner(customer_ids=[who], owner=owner, by=None)
    task = open_task(by=by, customer_id=who, title=title, due_on=clock.day_of(clock.now()), owner=owner)
    Task.objects.filter(pk=task.pk).update(due_on=task.due_on + timedelta(days=days))
    return task


def test_late_tasks_come_first_and_each_count_leads_to_as_many(mona: User, bob: User) -> None:
    for number in range(4):
        given(mona, bob, f"晚了{number}", -1 - number)
    today = given(mona, bob, "今天的", 0)
    given(mona, bob, "下周的", 7)
    counts, page, client = home(bob)
    assert list(counts.items()) == [("逾期的任务", "4"), ("今天到期的任务", "1")]
    assert "晚了3" in page and "晚了0" not in page and "下周的" not in page, "the first three, the oldest first"
    late, now = (one["url"] for one in client.get("/").context["today"])
    assert len(client.get(late).context["page"].rows) == 4
    assert [row.pk for row in client.get(now).context["page"].rows] == [today.pk]
    close_task(today, by=bob, outcome="")
    assert list(home(bob)[0]) == ["逾期的任务"]


def test_others_tasks_wait_for_others(mona: User, bob: User) -> None:
    given(mona, bob, "博的", -1)
    assert home(mona)[0] == {} and "都做完了" in home(mona)[1] and "博的" not in home(mona)[1]


def test_who_sees_all_is_told_of_what_nobody_has(mona: User, bob: User) -> None:
    task = given(mona, bob, "没人的", 3)
    Task.objects.filter(pk=task.pk).update(owner=None)
    assert home(mona)[0] == {"没人负责的任务": "1"} and home(bob)[0] == {}


def test_what_is_written_is_masked_for_who_sees_masks(mona: User, bob: User) -> None:
    given(mona, bob, "打给 13812345678", -1)
    User.objects.filter(pk=bob.pk).update(role=Role.MARKETER)
    page = home(User.objects.get(pk=bob.pk))[1]
    assert "打给 138" in page and "13812345678" not in page
