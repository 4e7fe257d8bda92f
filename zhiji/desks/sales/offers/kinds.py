"""Follow-up tasks as records: what their list, board and calendar show, and what can be done to many."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from zhiji.access.models import User
from zhiji.desks.sales import actions
from zhiji.desks.sales.models import Task
from zhiji.desks.sales.queries import sees_all, visible_tasks, workers
from zhiji.flow.profile.columns import customer_column
from zhiji.flow.profile.filters import customer_filter
from zhiji.kernel.given import whole
from zhiji.records.columns import Column, of, worded
from zhiji.records.filters import Chosen, Filter, on_days, one_of, within
from zhiji.records.kind import Act, Board, RecordKind, Sort, View

NOBODY = "none"
COLOURS = {Task.State.OPEN: "blue", Task.State.DONE: "green", Task.State.DROPPED: "gray"}
SETTLING = ("state", "settled_at", "settled_by", "outcome")


class Closing(forms.Form):
    outcome = forms.CharField(label=pgettext_lazy("one", "结果"), max_length=4000, required=False)


class Postponing(forms.Form):
    due_on = forms.DateField(label=gettext_lazy("到期日"), widget=forms.DateInput(attrs={"type": "date"}))


class HandingOver(forms.Form):
    owner = forms.ModelChoiceField(User.objects.filter(is_active=True).order_by("display_name", "username"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["owner"].label = gettext("负责人")
        self.fields["owner"].choices = [(one.pk, str(one)) for one in workers()]  # type: ignore[attr-defined]


def _rows(user: User) -> QuerySet[Task]:
    return visible_tasks(user).select_related("owner", "customer")


def _owner(rows: QuerySet[Task], chosen: Chosen) -> QuerySet[Task]:
    wanted = Q(owner_id__in=[one for value in chosen.values if (one := whole(value)) is not None])
    return rows.filter(wanted | Q(owner_id=None) if NOBODY in chosen.values else wanted)


def _owners(user: User) -> list[tuple[str, Any]]:
    if not sees_all(user):
        return [(str(user.pk), str(user))]
    return [(NOBODY, _("还没有负责人")), *((str(one.pk), str(one)) for one in workers())]


def _is_open(task: Task) -> bool:
    return task.state == Task.State.OPEN


def _close(rows: Sequence[Task], values: Mapping[str, Any], by: User) -> Sequence[Task]:
    for task in rows:
        actions.close_task(task, by=by, outcome=values.get("outcome", ""))
    return rows


def _drop(rows: Sequence[Task], values: Mapping[str, Any], by: User) -> Sequence[Task]:
    return [actions.drop_task(task, by=by) for task in rows]


def _postpone(rows: Sequence[Task], values: Mapping[str, Any], by: User) -> Sequence[Task]:
    changed = [task for task in rows if task.due_on != values["due_on"]]
    return [actions.postpone_task(task, by=by, due_on=values["due_on"]) for task in changed]


def _hand_over(rows: Sequence[Task], values: Mapping[str, Any], by: User) -> Sequence[Task]:
    changed = [task for task in rows if task.owner_id != values["owner"].pk]
    return [actions.reassign_task(task, by=by, owner=values["owner"]) for task in changed]


def _reopen(rows: Sequence[Task], values: Mapping[str, Any], by: User) -> Sequence[Task]:
    return actions.reopen_tasks(rows, by=by)


def _reopened(rows: Sequence[Task], by: User) -> Sequence[Task]:
    return actions.reopen_tasks(rows, by=by)


def _returned(rows: Sequence[Task], by: User) -> Sequence[Task]:
    return actions.return_tasks(rows, by=by)


WRITE = "tasks:write"
TASKS = RecordKind(
    key="all_tasks",
    label=pgettext_lazy("kinds", "任务"),
    named=pgettext_lazy("kind", "任务"),
    says=_("答应客户的事，一件不落"),
    counted=_("%(n)s 项任务"),
    icon="checkbox",
    model=Task,
    path="tasks/all/",
    reads="tasks:read",
    exports="customers:export",
    rows=_rows,
    said=str,
    nothing=_("没有任务。联动规则派来的任务和您在客户页新建的任务都会出现在这里。"),
    finds=lambda rows, text: rows.filter(title__icontains=text),
    found_anywhere=True,
    searches=_("任务标题"),
    columns=(
        customer_column(),
        Column("kind", _("类型"), worded("kind", {}), "badge", position=20),
        Column("due_on", _("到期日"), of("due_on"), "day", "due", True, 30),
        Column("state", _("状态"), worded("state", COLOURS), "badge", shown=True, position=31),
        Column("owner", _("负责人"), of("owner"), shown=True, position=40),
        Column("outcome", pgettext_lazy("one", "结果"), of("outcome"), shown=True, position=50, free=True),
        Column("opened_at", _("新建"), of("opened_at"), "moment", position=60),
        Column("settled_at", _("结束"), of("settled_at"), "moment", position=61),
    ),
    filters=(
        Filter("state", _("状态"), "choice", one_of("state", Task.State.values), 10, lambda user: Task.State.choices),
        Filter("owner", _("负责人"), "choice", _owner, 20, _owners),
        Filter("kind", _("类型"), "choice", one_of("kind", Task.Kind.values), 30, lambda user: Task.Kind.choices),
        Filter("due_on", _("到期日"), "dates", within("due_on"), 40),
        Filter("settled", _("结束日"), "dates", on_days("settled_at"), 50),
        customer_filter(),
    ),
    sorts=(Sort("due", _("先到期的在前"), ("due_on", "id")), Sort("new", _("新建的在前"), ("-id",))),
    views=(
        View(_("我的待办"), "state=open&owner={me}"),
        View(_("没人负责"), "state=open&owner=none"),
        View(pgettext_lazy("view", "已结束"), "state=done&state=dropped&sort=new"),
    ),
    acts=(
        Act("close", pgettext_lazy("task", "完成"), "check", WRITE, _close, SETTLING, _reopened, lambda user: Closing,
            _is_open),
        Act("postpone", _("改到期日"), "calendar", WRITE, _postpone, ("due_on",), _returned, lambda user: Postponing,
            _is_open),
        Act("hand_over", _("转交"), "user", WRITE, _hand_over, ("owner",), _returned, lambda user: HandingOver,
            _is_open, hides=True),
        Act("drop", _("放弃"), "x", WRITE, _drop, SETTLING, _reopened, None, _is_open),
        Act("reopen", _("重新打开"), "rotate", WRITE, _reopen, fits=lambda task: not _is_open(task),
            confirm=_("重新打开所选的任务，它们会回到待办里。")),
    ),
    board=Board(
        "state",
        tuple(COLOURS.items()),
        "due",
        {Task.State.OPEN: "reopen", Task.State.DONE: "close", Task.State.DROPPED: "drop"},
    ),
    day="due_on",
    tabs=lambda active: [(_("待办"), reverse("tasks"), active == "todo")],
)  # fmt: skip
OFFERS = (TASKS,)
