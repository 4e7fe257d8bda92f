"""What the pages and calls of tasks are asked."""

from typing import Any

from zhiji.config.tests.doors.asked import Ask
from zhiji.desks.sales.actions import reopen_tasks
from zhiji.desks.sales.models import Task
from zhiji.kernel import clock

ROLES = {"tasks:read": "AMKSV", "tasks:write": "AMKSV"}
PLACES = {
    "tasks/<int:number>/": "tasks/{task}/",
    "/api/tasks/{number}": "/api/tasks/{task}",
}
READS = {"tasks/": "tasks:read", "/api/tasks": "tasks:read"}
TASK = "sales.task {task}"
OPENED, CLOSED = {"audits": ("task opened",), "facts": ("task_opened",)}, ("task_closed",)
CHANGES = {
    "POST tasks/new/": Ask(
        "tasks:write", {"customer": "{customer}", "title": "打电话", "due_on": "{tomorrow}"}, **OPENED
    ),
    "POST tasks/<int:number>/closure/": Ask("tasks:write", {"outcome": "成"}, ("task closed",), CLOSED, on=TASK),
    "POST tasks/<int:number>/dropping/": Ask("tasks:write", {"outcome": "否"}, ("task dropped",), CLOSED, on=TASK),
    "POST tasks/<int:number>/day/": Ask("tasks:write", {"due_on": "{tomorrow}"}, ("task postponed",), on=TASK),
    "POST tasks/<int:number>/owner/": Ask("tasks:write", {"owner": "{cai}"}, ("task reassigned",), on=TASK),
    "POST tasks/all/acts/<slug:act>/": Ask(
        "tasks:write", {"row": "{task}", "outcome": "成"}, ("task closed",), CLOSED, on=TASK,
        at="/tasks/all/acts/close/", refused=(302, 403),
    ),
    "POST /api/lists/all_tasks/acts": Ask(
        "tasks:write", {"act": "close", "ids": ["{task}"], "values": {"outcome": "成"}}, ("task closed",), CLOSED,
        on=TASK, refused=(200, 403),
    ),
    "POST /api/tasks": Ask(
        "tasks:write", {"customer_id": "{customer}", "title": "打电话", "due_on": "{tomorrow}"}, **OPENED
    ),
    "POST /api/tasks/{number}/closure": Ask("tasks:write", {"outcome": "成"}, ("task closed",), CLOSED, on=TASK),
    "PATCH /api/tasks/{number}": Ask("tasks:write", {"due_on": "{tomorrow}"}, ("task postponed",), on=TASK),
}  # fmt: skip


def _reopen(world: Any) -> int:
    """What is done to many on the list's page, to one."""
    closed = Task.objects.filter(pk=world.things["another"]["task"])
    closed.update(state=Task.State.DONE, settled_at=clock.now())
    assert reopen_tasks(closed, by=world.alice)
    return int(world.alice.pk)


DEEDS = {"task reopened": (_reopen, ("task_reopened",))}
KEPT = "config.tests.days.test_days_kept"
DAYS = {
    "desks/sales/actions.py": f"{KEPT}:test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done",
    "desks/sales/offers/panels.py": "shown only",
    "desks/sales/offers/today.py": "desks.sales.tests.test_today:"
    "test_late_tasks_come_first_and_each_count_leads_to_as_many",
    "desks/sales/offers/steps.py": f"{KEPT}:test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done",
    "desks/sales/web/views.py": f"{KEPT}:test_a_task_is_late_the_day_after_and_repeats_from_the_day_it_was_done",
}
