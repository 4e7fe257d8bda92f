"""Named reads of tasks, on behalf of a user."""

from datetime import date, timedelta
from typing import Literal

from django.db.models import Q, QuerySet

from zhiji.access.models import Role, User
from zhiji.access.roles import may, permissions
from zhiji.desks.sales.models import Task
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.written import written_once

MOST = 8  # of a customer
When = Literal["overdue", "today", "coming", "later"]


def visible_tasks(user: User) -> QuerySet[Task]:
    """All tasks for administrators and managers, everybody else their own."""
    if not may(user, "tasks:read"):
        return Task.objects.none()
    return Task.objects.all() if sees_all(user) else Task.objects.filter(owner=user)


def sees_all(user: User) -> bool:
    return user.role in (Role.ADMINISTRATOR, Role.MANAGER)


def open_when(tasks: QuerySet[Task], when: When, today: date) -> QuerySet[Task]:
    """Open tasks overdue, due today, in the seven days after, or later."""
    week = today + timedelta(days=7)
    spans = {
        "overdue": Q(due_on__lt=today),
        "today": Q(due_on=today),
        "coming": Q(due_on__gt=today, due_on__lte=week),
        "later": Q(due_on__gt=week),
    }
    return tasks.filter(spans[when], state=Task.State.OPEN).order_by("due_on", "id")


def tasks_of_customer(customer_id: int, user: User) -> list[Task]:
    """Of a root and the customers merged into it: open ones by due day first, then the last settled."""
    if not may(user, "tasks:read"):
        return []
    return [*_waiting(customer_id), *_settled(customer_id)][:MOST]


@written_once
def _waiting(root_id: int) -> QuerySet[Task]:
    return _of_root(root_id).filter(state=Task.State.OPEN).order_by("due_on", "id")[:MOST]


@written_once
def _settled(root_id: int) -> QuerySet[Task]:
    return _of_root(root_id).exclude(state=Task.State.OPEN).order_by("-settled_at")[:MOST]


def _of_root(root_id: int) -> QuerySet[Task]:
    same = Customer.objects.filter(root_id=root_id).values("id")
    return Task.objects.filter(customer_id__in=same).select_related("owner")


def workers() -> list[User]:
    """Active users who may work on tasks, by name."""
    roles = permissions()["tasks:write"].roles
    return list(User.objects.filter(is_active=True, role__in=roles).order_by("display_name", "username"))
