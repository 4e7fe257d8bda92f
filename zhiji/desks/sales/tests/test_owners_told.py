"""Who is given a task by somebody else is told, once; who gives it to themselves isn't."""

from collections.abc import Callable

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.desks.sales import actions
from zhiji.desks.sales.actions import NewTask
from zhiji.desks.sales.tests.test_tasks import MAY, NOON, customer, task_for
from zhiji.work.notices import queries
from zhiji.work.notices.models import Notice

pytestmark = pytest.mark.django_db


def told(user: User) -> list[str]:
    return [f"{line.text}：{thing.name}" for line in queries.lines(user).rows for thing in line.things]


def test_what_one_opens_for_oneself_is_no_news_and_for_another_is(bob: User, sue: User) -> None:
    task_for(bob, title="自己的")
    actions.open_task(by=bob, customer_id=customer(bob), title="回访", due_on=MAY, owner=sue)
    assert told(bob) == [] and told(sue) == ["一个任务派给了您：回访"]


def test_what_a_rule_opens_is_told_once_and_what_it_repeats_is_no_news_to_who_did_it(bob: User, sue: User) -> None:
    new = NewTask(customer(bob), "回访", MAY, "key", owner_id=bob.pk, repeat_days=7)
    for _ in range(2):
        actions.open_tasks([new, NewTask(customer(bob), "没人管", MAY, "key2")], by=None, as_of=NOON)
    assert len(told(bob)) == 1
    (task,) = actions.visible_tasks(bob)
    assert actions.close_task(task, by=bob, outcome="好") is not None
    assert len(told(bob)) == 1


def test_each_handing_over_is_told_anew_and_the_old_owner_sees_it_no_more(bob: User, sue: User, mona: User) -> None:
    task = task_for(bob, title="王芳的事")
    for owner in (sue, bob, sue):
        task = actions.reassign_task(task, by=mona, owner=owner)
    assert Notice.objects.filter(user=sue).count() == 2 and told(sue) == ["2 个任务派给了您：王芳的事"]
    assert told(bob) == [] and queries.lines(bob).rows[0].hidden


def test_the_line_leads_to_the_task(sue: User, bob: User, signed_in: Callable[[User], Client]) -> None:
    task = actions.open_task(by=bob, customer_id=customer(bob), title="回访", due_on=MAY, owner=sue)
    answer = signed_in(sue).post(f"/notices/{Notice.objects.get().pk}/opening/")
    assert answer.headers["Location"] == f"/tasks/#task-{task.pk}"
