"""The steps that mark a customer: a tag, a service priority."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from zhiji.flow.act.chain import grouped
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.step import Outcome, Parameter, Step
from zhiji.flow.profile.actions import add_tag, set_priority
from zhiji.kernel.values import sure
from zhiji.kernel.values import tag as words

PRIORITIES = {
    "0": gettext_lazy("普通"),
    "1": gettext_lazy("优先"),
    "2": gettext_lazy("重要"),
    "3": gettext_lazy("最高"),
}


def tag(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    """Put the tag; skipped for customers who have it."""
    word = str(parameters["tag"])
    changed: set[int] = set()
    for caused, some in grouped(entries):
        changed.update(add_tag(customer_ids=[one.customer_id for one in some], tag=word, by=None, cause=caused))
    return _outcomes(entries, changed, {"tag": word}, gettext_noop("已有这个标签"))


def priority(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    """Set the priority; skipped for customers who have it."""
    level = int(parameters["priority"])
    changed: set[int] = set()
    for caused, some in grouped(entries):
        changed.update(
            set_priority(customer_ids=[one.customer_id for one in some], priority=level, by=None, cause=caused)
        )
    return _outcomes(entries, changed, {"priority": level}, gettext_noop("优先级本来就是这样"))


def _outcomes(entries: Sequence[RuleEntry], changed: set[int], detail: dict[str, Any], otherwise: str) -> list[Outcome]:
    return [
        Outcome("done", detail) if entry.customer_id in changed else Outcome("skipped", {"reason": otherwise})
        for entry in entries
    ]


def check_tag(parameters: dict[str, Any]) -> None:
    sure(words.parse(str(parameters["tag"])))


STEPS = (
    Step(
        kind="tag",
        label=gettext_lazy("打标签"),
        icon="tag",
        parameters=(Parameter("tag", gettext_lazy("标签"), "text"),),
        run=tag,
        sentence=lambda parameters: _("打标签「%(tag)s」") % {"tag": parameters.get("tag", "")},
        check=check_tag,
    ),
    Step(
        kind="set_priority",
        label=gettext_lazy("设服务优先级"),
        icon="flag",
        parameters=(
            Parameter(
                "priority",
                gettext_lazy("优先级"),
                "choice",
                default="2",
                choices=lambda: [(value, str(label)) for value, label in PRIORITIES.items()],
            ),
        ),
        run=priority,
        sentence=lambda parameters: (
            _("服务优先级设为「%(level)s」") % {"level": PRIORITIES.get(str(parameters.get("priority")), "")}
        ),
    ),
)
