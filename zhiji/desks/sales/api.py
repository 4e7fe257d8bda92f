"""Follow-up tasks by API, over the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status

from zhiji.access.models import User
from zhiji.access.shown import masked
from zhiji.access.tokens import scoped
from zhiji.desks.sales import actions, queries
from zhiji.desks.sales.models import Task
from zhiji.kernel.keyset import page
from zhiji.kernel.shapes import Given, Problem

router = Router(tags=["tasks"])
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class TaskOut(Schema):
    id: int
    customer_id: int
    owner: str | None
    title: str
    kind: str
    due_on: date
    state: str
    outcome: str
    repeat_days: int | None
    opened_at: datetime
    settled_at: datetime | None


class Tasks(Schema):
    rows: list[TaskOut]
    next: str
    previous: str


class TaskIn(Given):
    """A task for a customer; yours unless `owner` (a user name) says whose."""

    customer_id: int = Field(ge=1, le=2**63 - 1)
    title: str = Field(min_length=1, max_length=200)
    due_on: date
    kind: Literal["follow_up", "call", "visit"] = "follow_up"
    owner: str | None = Field(None, max_length=150)
    repeat_days: int | None = Field(None, ge=1, le=730)


class Closure(Given):
    """`state` done or dropped, with what came of it."""

    state: Literal["done", "dropped"] = "done"
    outcome: str = Field("", max_length=4000)


class Closed(Schema):
    task: TaskOut
    following: TaskOut | None = None


class TaskChange(Given):
    due_on: date | None = None
    owner: str | None = Field(None, max_length=150)


@router.get("/tasks", response=Tasks, operation_id="list_tasks")
def list_tasks(
    request: HttpRequest,
    state: Literal["open", "done", "dropped"] = "open",
    customer: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    """Your tasks (managers: everybody's): open ones by due day, others newest first."""
    user = scoped(request, "tasks:read")
    found = queries.visible_tasks(user).filter(state=state).select_related("owner", "customer")
    if customer is not None:
        found = found.filter(customer__root_id=customer)
    order = ("due_on", "id") if state == "open" else ("-settled_at", "-id")
    shown = page(found, order=order, size=size, cursor=cursor)
    return {"rows": [_task(task, user) for task in shown.rows], "next": shown.next, "previous": shown.previous}


@router.post("/tasks", response={201: TaskOut, 404: Problem, 422: Problem}, operation_id="open_task")
def open_task(request: HttpRequest, body: TaskIn) -> Any:
    by = scoped(request, "tasks:write")
    given = body.dict()
    name = given.pop("owner")
    owner = get_object_or_404(User, username=name, is_active=True) if name else None
    return Status(201, _task(actions.open_task(by=by, owner=owner, **given), by))


@router.post("/tasks/{number}/closure", response={200: Closed, 404: Problem, 422: Problem}, operation_id="close_task")
def close_task(request: HttpRequest, number: Id, body: Closure) -> dict[str, Any]:
    """Done or dropped. A repeating task that is done opens the next, given as `following`."""
    by = scoped(request, "tasks:write")
    task = get_object_or_404(queries.visible_tasks(by), pk=number)
    following = None
    if body.state == "done":
        following = actions.close_task(task, by=by, outcome=body.outcome)
    else:
        actions.drop_task(task, by=by, outcome=body.outcome)
    settled = Task.objects.select_related("owner", "customer").get(pk=number)
    return {"task": _task(settled, by), "following": _task(following, by) if following else None}


@router.patch("/tasks/{number}", response={200: TaskOut, 404: Problem, 422: Problem}, operation_id="edit_task")
def edit_task(request: HttpRequest, number: Id, body: TaskChange) -> dict[str, Any]:
    """Another due day, another owner."""
    by = scoped(request, "tasks:write")
    task = get_object_or_404(queries.visible_tasks(by), pk=number)
    if body.due_on is not None:
        actions.postpone_task(task, by=by, due_on=body.due_on)
    if body.owner:
        actions.reassign_task(task, by=by, owner=get_object_or_404(User, username=body.owner, is_active=True))
    return _task(Task.objects.select_related("owner", "customer").get(pk=number), by)


def _task(task: Task, user: User) -> dict[str, Any]:
    kept = ("id", "title", "kind", "due_on", "state", "outcome", "repeat_days", "opened_at", "settled_at")
    return {
        **{name: masked(getattr(task, name), user) for name in kept},
        "customer_id": task.customer.root_id,
        "owner": task.owner.username if task.owner else None,
    }
