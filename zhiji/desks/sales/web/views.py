"""My tasks: overdue, today, coming; closing one in place. Managers see everybody's."""

from datetime import date, timedelta
from typing import Any, get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiji.access.models import User
from zhiji.access.roles import may, require
from zhiji.desks.sales import actions, queries
from zhiji.desks.sales.actions import TaskRefused
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.offers.kinds import TASKS
from zhiji.flow.profile.queries import visible_to
from zhiji.kernel import clock
from zhiji.kernel.given import whole
from zhiji.records.listing import tabs

COLUMN = 50
HEADINGS = {"overdue": "red", "today": "blue", "coming": "gray", "later": "gray"}


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Open tasks by when they are due; `?owner=` of whom (managers)."""
    user = _user(request)
    require(user, "tasks:read")
    found, owner = _chosen(request, user)
    context: dict[str, Any] = {
        "owner": owner,
        "owners": queries.workers() if queries.sees_all(user) else [],
        "sees_all": queries.sees_all(user),
        "may_write": may(user, "tasks:write"),
        "today": clock.day_of(clock.now()),
    }
    context |= _groups(user, found, context["today"]) | {"tabs": tabs(TASKS, "todo")}
    return render(request, "sales/tasks.html", context)


def _groups(user: User, found: Any, today: date) -> dict[str, Any]:
    groups = []
    for when in get_args(queries.When):
        waiting = queries.open_when(found, when, today).select_related("owner", "customer")
        rows = list(waiting[: COLUMN + 1])
        groups.append(
            {
                "title": _headings()[when],
                "colour": HEADINGS[when],
                "rows": _rows(user, rows[:COLUMN]),
                "more": len(rows) > COLUMN,
                "count": f"{COLUMN}+" if len(rows) > COLUMN else len(rows),
            }
        )
    return {"groups": groups, "any": any(group["rows"] for group in groups)}


def _headings() -> dict[str, str]:
    return {"overdue": _("已逾期"), "today": _("今天"), "coming": _("未来 7 天"), "later": _("更晚")}


def _chosen(request: HttpRequest, user: User) -> tuple[Any, str]:
    """The tasks to show, and the owner chosen: a manager's own by default only when asked ("me"), else all."""
    found = queries.visible_tasks(user)
    owner = request.GET.get("owner", "") if queries.sees_all(user) else ""
    if owner == "me":
        return found.filter(owner=user), owner
    if owner == "none":
        return found.filter(owner=None), owner
    number = whole(owner)
    return (found, "") if number is None else (found.filter(owner_id=number), owner)


def _rows(user: User, found: list[Task]) -> list[dict[str, Any]]:
    portraits = visible_to(user).in_bulk([task.customer.root_id for task in found])
    today = clock.day_of(clock.now())
    return [
        {
            "task": task,
            "root": task.customer.root_id,
            "customer": portraits.get(task.customer.root_id),
            "late": (today - task.due_on).days if task.state == Task.State.OPEN else 0,
            "today": today,
            "tomorrow": today + timedelta(days=1),
            "next_week": today + timedelta(days=7),
        }
        for task in found
    ]


@require_POST
def opening(request: HttpRequest) -> HttpResponse:
    """A task by hand, from the customer's page."""
    user = _user(request)
    try:
        task = actions.open_task(
            by=user,
            customer_id=whole(request.POST.get("customer")) or 0,
            title=request.POST.get("title", ""),
            due_on=_date(request.POST.get("due_on", "")),
            kind=request.POST.get("kind", Task.Kind.FOLLOW_UP),
        )
    except TaskRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已建任务，%(day)s 到期") % {"day": task.due_on.isoformat()})
    return redirect(_back(request))


@require_POST
def closure(request: HttpRequest, number: int) -> HttpResponse:
    """Done, with the outcome; answers the settled row."""
    user, task = _user(request), _task(request, number)
    try:
        following = actions.close_task(task, by=user, outcome=request.POST.get("outcome", ""))
    except TaskRefused as refused:
        return _refused(refused)
    return _settled(request, number, following)


@require_POST
def dropping(request: HttpRequest, number: int) -> HttpResponse:
    """Not to be done any more; answers the settled row."""
    user, task = _user(request), _task(request, number)
    try:
        actions.drop_task(task, by=user, outcome=request.POST.get("outcome", ""))
    except TaskRefused as refused:
        return _refused(refused)
    return _settled(request, number, None)


@require_POST
def day(request: HttpRequest, number: int) -> HttpResponse:
    """Another due day; answers the row."""
    user, task = _user(request), _task(request, number)
    try:
        actions.postpone_task(task, by=user, due_on=_date(request.POST.get("due_on", "")))
    except TaskRefused as refused:
        return _refused(refused)
    return _row(request, number, note=_("已改期"))


@require_POST
def owner(request: HttpRequest, number: int) -> HttpResponse:
    """Another owner; answers the row."""
    user, task = _user(request), _task(request, number)
    chosen = get_object_or_404(User, pk=whole(request.POST.get("owner")), is_active=True)
    try:
        actions.reassign_task(task, by=user, owner=chosen)
    except TaskRefused as refused:
        return _refused(refused)
    return _row(request, number, note=_("已转给 %(name)s") % {"name": chosen})


def _row(request: HttpRequest, number: int, note: str = "") -> HttpResponse:
    user = _user(request)
    if not request.headers.get("HX-Request"):
        return redirect(_back(request))
    task = Task.objects.select_related("owner", "customer").get(pk=number)
    context = {
        "row": _rows(user, [task])[0],
        "note": note,
        "sees_all": queries.sees_all(user),
        "owners": queries.workers() if queries.sees_all(user) else [],
        "may_write": may(user, "tasks:write"),
    }
    return render(request, "sales/_task.html", context)


def _settled(request: HttpRequest, number: int, following: Task | None) -> HttpResponse:
    note = _("下一次：%(day)s") % {"day": following.due_on.isoformat()} if following else ""
    return _row(request, number, note=note)


def _task(request: HttpRequest, number: int) -> Task:
    task = queries.visible_tasks(_user(request)).filter(pk=number).first()
    if task is None:
        raise Http404
    return task


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TaskRefused(_("请选择到期日")) from None


def _refused(refused: TaskRefused) -> HttpResponse:
    return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")


def _back(request: HttpRequest) -> str:
    """The page of ours the form was on."""
    path = request.POST.get("back", "")
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else reverse("tasks")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let only users in
    return request.user
