"""What the pages and calls of tasks are asked."""

from zhiji.config.tests.doors.asked import Ask

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
    "POST /api/tasks": Ask(
        "tasks:write", {"customer_id": "{customer}", "title": "打电话", "due_on": "{tomorrow}"}, **OPENED
    ),
    "POST /api/tasks/{number}/closure": Ask("tasks:write", {"outcome": "成"}, ("task closed",), CLOSED, on=TASK),
    "PATCH /api/tasks/{number}": Ask("tasks:write", {"due_on": "{tomorrow}"}, ("task postponed",), on=TASK),
}
