"""On the customer's page: what is owed to this customer, and a field to add to it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.access.roles import may
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.queries import sees_all, tasks_of_customer
from zhiji.flow.profile.panel import Panel
from zhiji.kernel import clock


def context(customer_id: int, user: User) -> dict[str, Any]:
    today = clock.day_of(clock.now())
    return {
        "tasks": [
            {
                "task": task,
                "overdue": task.state == Task.State.OPEN and task.due_on < today,
                "mine": sees_all(user) or task.owner_id == user.pk,
            }
            for task in tasks_of_customer(customer_id, user)
        ],
        "customer_id": customer_id,
        "kinds": Task.Kind.choices,
        "today": today,
        "may_write": may(user, "tasks:write"),
    }


OFFERS = (Panel(_("任务"), 20, "sales/panel.html", context, "tasks:read"),)
