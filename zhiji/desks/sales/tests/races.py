"""Who meets at the lock of a task."""

from datetime import date
from typing import Any

from zhiji.access.models import AuditLine, Role, User
from zhiji.config.tests.races.racing import Race
from zhiji.desks.sales import actions
from zhiji.desks.sales.models import Task
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock
from zhiji.kernel.models import Accepted


def one_closes_what_another_drops() -> Race:
    """It is settled once: one state, one line, one fact."""
    by = User.objects.create_user("mona", role=Role.MANAGER)
    new = actions.NewTask(customer("user:1").pk, "回访", date(2026, 1, 1), "once")
    (task,) = actions.open_tasks([new], by=None, as_of=clock.now())

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, actions.TaskRefused), second
        assert Task.objects.get().state == Task.State.DONE
        assert [line.verb for line in AuditLine.objects.all()] == ["task closed"]
        assert Accepted.objects.filter(name="task_closed").count() == 1

    return Race(
        lambda: actions.close_task(task, by=by, outcome="成"),
        lambda: actions.drop_task(task, by=by, outcome="否"),
        then,
    )


def two_open_it_again() -> Race:
    """It is opened once: one line, one fact."""
    by = User.objects.create_user("mona", role=Role.MANAGER)
    new = actions.NewTask(customer("user:1").pk, "回访", date(2026, 1, 1), "once")
    (task,) = actions.open_tasks([new], by=None, as_of=clock.now())
    actions.close_task(task, by=by, outcome="成")

    def then(first: Any, second: Any) -> None:
        assert (len(first), second) == (1, [])
        assert AuditLine.objects.filter(verb="task reopened").count() == 1
        assert Accepted.objects.filter(name="task_reopened").count() == 1

    return Race(lambda: actions.reopen_tasks([task], by=by), lambda: actions.reopen_tasks([task], by=by), then)


RACES = {
    "zhiji/desks/sales/actions.py:_held": one_closes_what_another_drops,
    "zhiji/desks/sales/actions.py:reopen_tasks": two_open_it_again,
}
