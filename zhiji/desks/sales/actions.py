"""Open, close, drop, reopen, hand over and postpone follow-up tasks. Each leaves an audit line; opening, closing and
reopening a fact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import Forbidden, NotYours, may, require
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.queries import visible_tasks, workers
from zhiji.flow.profile.queries import visible_roots
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.listing import listed
from zhiji.work.notices.telling import Told, tell


class TaskRefused(ValueError):
    """The task can't be changed so; the message says what to do."""


@dataclass(frozen=True)
class NewTask:
    """A task to open. `key` makes it once; `caused` goes into the fact (a rule's chain). Its owner is `told`."""

    customer_id: int
    title: str
    due_on: date
    key: str
    kind: str = Task.Kind.FOLLOW_UP
    owner_id: int | None = None
    repeat_days: int | None = None
    entry_id: int | None = None
    caused: Mapping[str, Any] = field(default_factory=dict)
    told: bool = True


@transaction.atomic
def open_tasks(tasks: Sequence[NewTask], *, by: User | None, as_of: datetime) -> list[Task]:
    """Open many at once; those whose key was used before are left out. Returns the opened."""
    require(by, "tasks:write")
    known = set(Task.objects.filter(open_key__in=[task.key for task in tasks]).values_list("open_key", flat=True))
    wanted = {task.key: task for task in tasks if task.key not in known}
    opened = Task.objects.bulk_create(
        [
            Task(
                customer_id=task.customer_id,
                owner_id=task.owner_id,
                title=task.title[:200],
                kind=task.kind,
                due_on=task.due_on,
                repeat_days=task.repeat_days,
                open_key=task.key,
                entry_id=task.entry_id,
                opened_at=as_of,
                state=Task.State.OPEN,
            )
            for task in wanted.values()
        ]
    )
    record(_opened_fact(task, as_of, wanted[task.open_key].caused) for task in opened)
    if by is not None:
        for task in opened:
            audit("task opened", task, by=by, customer=task.customer_id, title=task.title)
    _tell_owners([task for task in opened if wanted[task.open_key].told], by)
    return opened


def open_task(
    *,
    by: User,
    customer_id: int,
    title: str,
    due_on: date,
    kind: str = Task.Kind.FOLLOW_UP,
    owner: User | None = None,
    repeat_days: int | None = None,
) -> Task:
    """A person opens a task for a customer they may see; theirs unless `owner` says whose. Raises TaskRefused."""
    require(by, "tasks:write")
    if not visible_roots(by, [customer_id]):
        raise NotYours
    if not title.strip():
        raise TaskRefused(_("请写明要做什么"))
    if kind not in Task.Kind.values:
        raise TaskRefused(_("任务类型应为 %(kinds)s") % {"kinds": listed(Task.Kind.values)})
    if repeat_days is not None and not 1 <= repeat_days <= 730:
        raise TaskRefused(_("重复间隔应在 1 到 730 天之间"))
    new = NewTask(
        customer_id=customer_id,
        title=title.strip(),
        due_on=due_on,
        key=f"hand:{uuid4()}",
        kind=kind,
        owner_id=(owner or by).pk,
        repeat_days=repeat_days,
    )
    return open_tasks([new], by=by, as_of=clock.now())[0]


@transaction.atomic
def close_task(task: Task, *, by: User, outcome: str) -> Task | None:
    """Done, with what came of it. Returns the next one if the task repeats. Raises TaskRefused when not open."""
    now = clock.now()
    task = _settle(task, by=by, state=Task.State.DONE, outcome=outcome, now=now)
    audit("task closed", task, by=by, outcome=task.outcome)
    if not task.repeat_days:
        return None
    following = NewTask(
        customer_id=task.customer_id,
        title=task.title,
        due_on=clock.day_of(now) + timedelta(days=task.repeat_days),
        key=f"after:{task.pk}",
        kind=task.kind,
        owner_id=task.owner_id,
        repeat_days=task.repeat_days,
        entry_id=task.entry_id,
        told=task.owner_id != by.pk,
    )
    opened = open_tasks([following], by=None, as_of=now)
    return opened[0] if opened else None


@transaction.atomic
def drop_task(task: Task, *, by: User, outcome: str = "") -> Task:
    """Not to be done any more; a repeating task ends with it. Raises TaskRefused when not open."""
    task = _settle(task, by=by, state=Task.State.DROPPED, outcome=outcome, now=clock.now())
    audit("task dropped", task, by=by, reason=task.outcome)
    return task


@transaction.atomic
def postpone_task(task: Task, *, by: User, due_on: date) -> Task:
    """Due another day, today or later. Raises TaskRefused."""
    task = _held(task, by)
    if due_on < clock.day_of(clock.now()):
        raise TaskRefused(_("新的到期日不能早于今天"))
    audit("task postponed", task, by=by, before=task.due_on.isoformat(), after=due_on.isoformat())
    task.due_on = due_on
    task.save(update_fields=["due_on"])
    return task


@transaction.atomic
def reassign_task(task: Task, *, by: User, owner: User) -> Task:
    """Hand it to somebody else who may work on tasks. Raises TaskRefused."""
    task = _held(task, by)
    if not may(owner, "tasks:write"):
        raise TaskRefused(_("%(name)s 不能处理任务，请换一个人") % {"name": owner})
    audit("task reassigned", task, by=by, before=task.owner_id, after=owner.pk)
    task.owner = owner
    task.save(update_fields=["owner"])
    _tell_owners([task], by)
    return task


def _tell_owners(tasks: Sequence[Task], by: User | None) -> None:
    """Tell them of tasks that others gave them; each time one is handed over is told anew."""
    given = [task for task in tasks if task.owner_id and (by is None or task.owner_id != by.pk)]
    at = clock.now()
    told = [
        Told(task.owner_id or 0, f"task:{task.pk}:{at.isoformat()}", ("sales.task", task.pk), task.customer_id)
        for task in given
    ]
    tell("task given", told, as_of=at)


@transaction.atomic
def reopen_tasks(tasks: Sequence[Task], *, by: User) -> list[Task]:
    """Open again those that were closed or dropped; the next one that a closing opened is dropped where nobody touched
    it. Raises Forbidden.
    """
    require(by, "tasks:write")
    now = clock.now()
    some = visible_tasks(by).select_for_update(of=("self",)).filter(pk__in=[one.pk for one in tasks])
    held = list(some.exclude(state=Task.State.OPEN).order_by("pk"))
    following = Task.objects.select_for_update().filter(open_key__in=[f"after:{one.pk}" for one in held])
    for one in following.filter(state=Task.State.OPEN).order_by("pk"):
        one.open_key = f"undone:{one.pk}"
        one.save(update_fields=["open_key"])
        drop_task(one, by=by, outcome=_("上一次重新打开了"))
    for task in held:
        task.state, task.outcome, task.settled_at, task.settled_by = Task.State.OPEN, "", None, None
        task.save(update_fields=["state", "outcome", "settled_at", "settled_by"])
        audit("task reopened", task, by=by)
    record(_reopened_fact(task, now) for task in held)
    return held


@transaction.atomic
def return_tasks(tasks: Sequence[Task], *, by: User) -> list[Task]:
    """Give tasks that are still open the day and owner set on them, which they had before: those that `by` may see now
    or as they were. None goes to somebody who can't work on it any more. Raises Forbidden.
    """
    require(by, "tasks:write")
    before = {one.pk: one for one in Task.objects.filter(pk__in=[one.pk for one in tasks], state=Task.State.OPEN)}
    seen = set(visible_tasks(by).filter(pk__in=before).values_list("pk", flat=True))
    able = {None, *(one.pk for one in workers())}
    back = [
        one
        for one in tasks
        if one.pk in before
        and (one.pk in seen or one.owner_id == by.pk)
        and (one.owner_id in able or one.owner_id == before[one.pk].owner_id)
    ]
    for task in back:
        held = before[task.pk]
        if held.due_on != task.due_on:
            audit("task postponed", task, by=by, before=held.due_on.isoformat(), after=task.due_on.isoformat())
        if held.owner_id != task.owner_id:
            audit("task reassigned", task, by=by, before=held.owner_id, after=task.owner_id)
        task.save(update_fields=["due_on", "owner"])
    return back


def _held(task: Task, by: User) -> Task:
    """The task, locked, if it is open and `by` may change it."""
    require(by, "tasks:write")
    held = visible_tasks(by).select_for_update(of=("self",)).filter(pk=task.pk).first()
    if held is None:
        raise Forbidden(_("这个任务不归您处理；请找任务的负责人或经理。"))
    if held.state != Task.State.OPEN:
        raise TaskRefused(_("任务%(state)s，无需再处理") % {"state": held.get_state_display()})
    return held


def _settle(task: Task, *, by: User, state: Task.State, outcome: str, now: datetime) -> Task:
    task = _held(task, by)
    task.state, task.outcome, task.settled_at, task.settled_by = state, outcome.strip(), now, by
    task.save(update_fields=["state", "outcome", "settled_at", "settled_by"])
    record([_closed_fact(task, now)])
    return task


def _opened_fact(task: Task, at: datetime, caused: Mapping[str, Any]) -> NewFact:
    properties = {
        "task_id": task.pk, "kind": task.kind, "due_on": task.due_on.isoformat(), "owner_id": task.owner_id, **caused,
    }  # fmt: skip
    return NewFact("task_opened", at, "sales", f"opened:{task.pk}", properties, customer_id=task.customer_id)


def _closed_fact(task: Task, at: datetime) -> NewFact:
    properties = {"task_id": task.pk, "kind": task.kind, "state": task.state, "owner_id": task.owner_id}
    return NewFact(
        "task_closed", at, "sales", f"closed:{task.pk}:{at.timestamp()}", properties, customer_id=task.customer_id
    )


def _reopened_fact(task: Task, at: datetime) -> NewFact:
    properties = {"task_id": task.pk, "kind": task.kind, "owner_id": task.owner_id}
    key = f"reopened:{task.pk}:{at.timestamp()}"
    return NewFact("task_reopened", at, "sales", key, properties, customer_id=task.customer_id)
