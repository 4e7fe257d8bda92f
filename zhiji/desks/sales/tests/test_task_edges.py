"""Tasks at their edges: what is asked of one that is opened, what each deed leaves, what the next of a series takes."""

from datetime import timedelta
from typing import Any

import pytest

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.desks.sales import actions
from zhiji.desks.sales.actions import NewTask, TaskRefused
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.tests.test_tasks import MAY, NOON, customer, task_for
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def detail(verb: str) -> dict[str, Any]:
    found: dict[str, Any] = AuditLine.objects.get(verb=verb).detail
    return found


@pytest.mark.parametrize(
    ("more", "advice"),
    [
        ({"title": " \t"}, "请写明要做什么"),
        ({"kind": "lunch"}, "任务类型应为 follow_up、call、visit"),
        ({"repeat_days": 0}, "1 到 730 天"),
        ({"repeat_days": 731}, "1 到 730 天"),
    ],
)
def test_what_a_task_lacks_is_said_and_nothing_opened(bob: User, more: dict[str, Any], advice: str) -> None:
    with pytest.raises(TaskRefused, match=advice):
        task_for(bob, **more)
    assert not Task.objects.exists() and not Accepted.objects.exists()


@pytest.mark.parametrize("days", [1, 730])
def test_a_task_repeats_daily_or_every_two_years(bob: User, days: int) -> None:
    assert task_for(bob, repeat_days=days).repeat_days == days


def test_a_task_is_the_openers_unless_they_say_whose(bob: User, sue: User) -> None:
    assert task_for(bob, title="  call  ").title == "call"
    assert task_for(bob).owner == bob
    hers = actions.open_task(by=bob, customer_id=customer(bob), title="x", due_on=MAY, kind="visit", owner=sue)
    assert hers.owner == sue
    said = Accepted.objects.order_by("-id")[0].properties
    assert said == {
        "task_id": said["task_id"], "kind": "visit", "due_on": said["due_on"], "owner_id": sue.pk,
    }  # fmt: skip


def test_who_reads_only_opens_none_and_nobody_opens_what_is_open(bob: User, anna: User) -> None:
    one = customer(bob)
    new = NewTask(one, "t" * 300, MAY, "key", entry_id=None, caused={"_rules": ["r"]})
    with pytest.raises(Forbidden):
        actions.open_tasks([new], by=anna, as_of=NOON)
    (opened,) = actions.open_tasks([new, new], by=None, as_of=NOON)
    assert (len(opened.title), opened.opened_at, opened.state) == (200, NOON, "open")
    assert actions.open_tasks([new], by=None, as_of=NOON) == []
    fact = Accepted.objects.get()
    assert (fact.occurred_at, fact.properties["_rules"], fact.properties["due_on"]) == (NOON, ["r"], "2026-05-01")
    assert not AuditLine.objects.exists(), "what the house opens is told by its rule's log"


def test_the_next_of_a_series_takes_everything_along(bob: User, sue: User) -> None:
    first = task_for(bob, title="问候", kind="call", repeat_days=7, due_on=clock.day_of(clock.now()) - 40 * DAY)
    actions.reassign_task(first, by=bob, owner=sue)
    following = actions.close_task(first, by=sue, outcome=" 好 ")
    assert following is not None
    kept = ("customer_id", "title", "kind", "owner_id", "repeat_days", "entry_id")
    assert [getattr(following, name) for name in kept] == [
        getattr(Task.objects.get(pk=first.pk), name) for name in kept
    ]
    assert following.due_on == clock.day_of(clock.now()) + 7 * DAY, "from today on, not from when it was due"
    assert detail("task closed") == {"outcome": "好"}
    assert AuditLine.objects.filter(verb="task opened").count() == 1, "the next one is the house's"


def test_dropping_keeps_the_reason_and_leaves_a_fact(bob: User) -> None:
    task = actions.drop_task(task_for(bob), by=bob, outcome=" 搬走了 ")
    task.refresh_from_db()
    assert (task.state, task.outcome, task.settled_by) == ("dropped", "搬走了", bob) and task.settled_at is not None
    said = Accepted.objects.get(name="task_closed").properties
    assert said == {"task_id": task.pk, "kind": "follow_up", "state": "dropped", "owner_id": bob.pk}
    assert detail("task dropped") == {"reason": "搬走了"}


def test_a_task_is_put_off_until_today_at_the_earliest_and_it_is_written_down(bob: User) -> None:
    today = clock.day_of(clock.now())
    task = task_for(bob, due_on=today - 3 * DAY)
    actions.postpone_task(task, by=bob, due_on=today)
    task.refresh_from_db()
    assert task.due_on == today
    assert detail("task postponed") == {"before": str(today - 3 * DAY), "after": str(today)}


def test_a_task_is_handed_over_and_it_is_written_down(bob: User, sue: User) -> None:
    task = actions.reassign_task(task_for(bob), by=bob, owner=sue)
    task.refresh_from_db()
    assert task.owner == sue and detail("task reassigned") == {"before": bob.pk, "after": sue.pk}


@pytest.mark.parametrize("deed", ["drop_task", "postpone_task", "reassign_task", "close_task"])
def test_nothing_is_done_to_a_settled_task_or_by_who_may_not(
    bob: User, sue: User, anna: User, mona: User, deed: str
) -> None:
    given = {
        "drop_task": {}, "close_task": {"outcome": "x"}, "postpone_task": {"due_on": MAY.replace(year=2990)},
        "reassign_task": {"owner": sue},
    }[deed]  # fmt: skip
    task, does = task_for(bob), getattr(actions, deed)
    for who in (sue, anna):
        with pytest.raises(Forbidden):
            does(task, by=who, **given)
    actions.close_task(task, by=mona, outcome="done by the manager")
    lines = AuditLine.objects.count()
    with pytest.raises(TaskRefused, match="任务已完成，无需再处理"):
        does(task, by=bob, **given)
    task.refresh_from_db()
    assert (task.state, task.outcome, task.owner, AuditLine.objects.count()) == (
        "done", "done by the manager", bob, lines,
    )  # fmt: skip
