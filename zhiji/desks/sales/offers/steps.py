"""What rules can ask of sales: open a follow-up task."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext

from zhiji.desks.sales.actions import NewTask, open_tasks
from zhiji.desks.sales.models import Task
from zhiji.flow.act.chain import carried
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.step import Outcome, Parameter, Step
from zhiji.flow.profile.models import Portrait
from zhiji.kernel import clock
from zhiji.kernel.listing import listed
from zhiji.work.calendar.queries import calendar

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
VARIABLES = ("name", "region", "city")


def run(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    """One task per entry for the customer's owner; skipped where the same task waits already."""
    customers = [entry.customer_id for entry in entries]
    portraits = Portrait.objects.select_related("owner").in_bulk(customers)
    title, kind = str(parameters["title"]), str(parameters.get("task_kind") or Task.Kind.FOLLOW_UP)
    due = _due(clock.day_of(as_of), parameters)
    titles = {one: filled(title, portraits.get(one)) for one in customers}
    waiting = set(
        Task.objects.filter(
            customer_id__in=customers, state=Task.State.OPEN, kind=kind, title__in=set(titles.values())
        ).values_list("customer_id", "title")
    )
    tasks: list[NewTask] = []
    for entry in entries:
        portrait = portraits.get(entry.customer_id)
        owner = portrait.owner if portrait and portrait.owner and portrait.owner.is_active else None
        told = (entry.customer_id, titles[entry.customer_id])
        if told in waiting:
            continue
        waiting.add(told)
        tasks.append(
            NewTask(
                customer_id=entry.customer_id,
                title=titles[entry.customer_id],
                due_on=due,
                key=f"entry:{entry.pk}:{entry.next_step}",
                kind=kind,
                owner_id=owner.pk if owner else None,
                repeat_days=int(parameters["repeat_days"]) if parameters.get("repeat_days") else None,
                entry_id=entry.pk,
                caused=carried(entry),
            )
        )
    opened = {task.entry_id: task for task in open_tasks(tasks, by=None, as_of=as_of)}
    return [_outcome(opened.get(entry.pk)) for entry in entries]


def _due(today: date, parameters: dict[str, Any]) -> date:
    days = int(parameters.get("due_days", 3))
    return calendar().workdays_after(today, days) if parameters.get("workdays") else today + timedelta(days=days)


def _outcome(task: Task | None) -> Outcome:
    if task is None:
        return Outcome("skipped", {"reason": gettext_noop("同样的任务还没完成，不再重复新建")})
    return Outcome("done", {"task": task.pk, "due_on": task.due_on.isoformat()})


def filled(title: str, portrait: Portrait | None) -> str:
    """The title with {{ name }}, {{ region }}, {{ city }} put in."""
    values = {name: str(getattr(portrait, name, "") or "") for name in VARIABLES}
    values["name"] = values["name"] or "客户"
    return VARIABLE.sub(lambda found: values.get(found[1], ""), title)


def check(parameters: dict[str, Any]) -> None:
    unknown = sorted(set(VARIABLE.findall(str(parameters["title"]))) - set(VARIABLES))
    if unknown:
        raise ValueError(
            _("任务标题里不认识变量 %(names)s；可用 {{ name }}、{{ region }}、{{ city }}") % {"names": listed(unknown)}
        )
    if not 0 <= int(parameters.get("due_days", 3)) <= 365:
        raise ValueError(_("到期天数应在 0 到 365 之间"))
    repeat = parameters.get("repeat_days")
    if repeat is not None and not 1 <= int(repeat) <= 730:
        raise ValueError(_("重复间隔应在 1 到 730 天之间"))


def sentence(parameters: dict[str, Any]) -> str:
    words = {"name": _("客户姓名"), "region": pgettext("within", "地区"), "city": pgettext("within", "城市")}
    title = VARIABLE.sub(lambda found: f"〈{words.get(found[1], found[1])}〉", str(parameters.get("title", "")))
    said = {
        "title": title,
        "days": parameters.get("due_days", 3),
        "repeat": parameters.get("repeat_days"),
    }
    within = _("%(days)s 个工作日") if parameters.get("workdays") else _("%(days)s 天")
    said["within"] = within % said
    if said["repeat"]:
        return _("给负责人建任务「%(title)s」，%(within)s内完成，之后每 %(repeat)s 天一次") % said
    return _("给负责人建任务「%(title)s」，%(within)s内完成") % said


OFFERS = (
    Step(
        kind="open_task",
        label=gettext_lazy("新建跟进任务"),
        icon="checkbox",
        parameters=(
            Parameter("title", gettext_lazy("任务标题，可用 {{ name }}"), "text"),
            Parameter(
                "task_kind",
                gettext_lazy("类型"),
                "choice",
                default="follow_up",
                choices=lambda: [(value, str(label)) for value, label in Task.Kind.choices],
            ),
            Parameter("due_days", gettext_lazy("几天内完成"), "number", default=3),
            Parameter("workdays", gettext_lazy("只数工作日，按工作日历跳过周末和节假日"), "flag", required=False),
            Parameter("repeat_days", gettext_lazy("完成后每隔几天再来一次"), "number", required=False),
        ),
        run=run,
        sentence=sentence,
        check=check,
    ),
)
