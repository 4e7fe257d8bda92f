"""Tasks that wait: one's own that are late, or due today; for those who see all, those that nobody has."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.access.shown import masked
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.queries import open_when, sees_all, visible_tasks
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.queries import visible_to
from zhiji.kernel import clock
from zhiji.kernel.finder import Hit
from zhiji.kernel.today import MOST, Today

Found = tuple[int, Sequence[Hit]]


def _mine(when: str, user: User, limit: int) -> Found:
    tasks = Task.objects.filter(owner=user)
    return _found(open_when(tasks, when, clock.day_of(clock.now())), user, limit)  # type: ignore[arg-type]


def _nobodys(user: User, limit: int) -> Found:
    if not sees_all(user):
        return 0, []
    return _found(visible_tasks(user).filter(owner=None, state=Task.State.OPEN).order_by("due_on", "id"), user, limit)


def _found(tasks: QuerySet[Task], user: User, limit: int) -> Found:
    count = tasks.order_by()[: MOST + 1].count()
    first = list(tasks.select_related("customer")[:limit]) if count else []
    names = visible_to(user).in_bulk([one.customer.root_id for one in first])
    return count, [_hit(one, user, names) for one in first]


def _hit(task: Task, user: User, names: Mapping[int, Portrait]) -> Hit:
    seen = names.get(task.customer.root_id)
    who = (seen and seen.name) or f"#{task.customer.root_id}"
    address = reverse("customer", args=[task.customer.root_id]) if seen else reverse("tasks")
    return Hit(str(masked(task.title, user)), f"{who} · {task.due_on.isoformat()}", address)


def _all(part: Callable[[], str], user: User) -> str:
    return f"{reverse('all_tasks')}?state=open&owner={user.pk}&{part()}"


def _until_yesterday() -> str:
    return f"due_on_to={clock.day_of(clock.now()) - timedelta(days=1)}"


def _on_today() -> str:
    today = clock.day_of(clock.now())
    return f"due_on_from={today}&due_on_to={today}"


READ = "tasks:read"
OFFERS = (
    Today(_("逾期的任务"), "alarm", READ, partial(_mine, "overdue"), partial(_all, _until_yesterday), True, 10),
    Today(_("今天到期的任务"), "checkbox", READ, partial(_mine, "today"), partial(_all, _on_today), position=20),
    Today(
        _("没人负责的任务"), "user-question", READ, _nobodys,
        lambda user: f"{reverse('all_tasks')}?state=open&owner=none", position=30,
    ),
)  # fmt: skip
