"""A rule in words: what will happen, to whom, when."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiji.flow.act.definition import Definition
from zhiji.flow.act.stepping import step_of
from zhiji.flow.act.triggers import Names, parse
from zhiji.flow.segment.catalogue.sentence import sentence as condition_sentence
from zhiji.flow.segment.conditions import ConditionError


@dataclass(frozen=True)
class Told:
    """The parts of a rule's sentence, each a phrase; what can't be read is told as such."""

    when: str
    who: str
    steps: list[str]
    holdout: str
    reentry: str
    grace: str
    goal: str

    @property
    def whole(self) -> str:
        """“客户进入价值「高」类时，… 先…，再…。10% 的客户作为对照组不处理。每位客户只进一次。”"""
        who = _("（仅限%(who)s）") % {"who": self.who} if self.who else ""
        steps = _("，然后").join(self.steps)
        ends = "".join(_("%(part)s。") % {"part": part} for part in (self.holdout, self.reentry, self.grace) if part)
        return _("%(when)s时%(who)s：%(steps)s。%(ends)s") % {
            "when": self.when,
            "who": who,
            "steps": steps,
            "ends": ends,
        }


def told(definition: Definition, names: Names) -> Told:
    """The rule's phrases in the language of the moment."""
    return Told(
        when=trigger_sentence(definition.trigger, names),
        who=audience_sentence(definition.audience),
        steps=[step_sentence(step) for step in definition.steps],
        holdout=_("%(share)s%% 的客户作为对照组，不做任何事") % {"share": percent(definition.holdout)}
        if definition.holdout
        else _("不设对照组"),
        reentry=reentry_sentence(definition.reentry_days),
        grace=grace_sentence(definition.grace_hours),
        goal=goal_sentence(definition.goal, names),
    )


def grace_sentence(hours: int | None) -> str:
    """Whether what is found late (after downtime, or told late) still counts; nothing to say when it always does."""
    return "" if hours is None else _("迟到超过 %(hours)s 小时的不再执行") % {"hours": hours}


def trigger_sentence(tree: Any, names: Names) -> str:
    try:
        return parse(tree).sentence(names)
    except ValueError as error:
        return _("触发条件还不完整（%(reason)s）") % {"reason": error}


def audience_sentence(tree: Any) -> str:
    """Empty for everybody."""
    if tree is None:
        return ""
    try:
        return condition_sentence(tree, get_language() or "zh-hans")
    except ConditionError as error:
        return _("人群条件还不完整（%(reason)s）") % {"reason": error}


def step_sentence(step: dict[str, Any]) -> str:
    kind = str(step.get("kind", ""))
    try:
        return step_of(kind).sentence({name: value for name, value in step.items() if name != "kind"})
    except (LookupError, ValueError, KeyError):
        return _("步骤「%(kind)s」（参数还不完整）") % {"kind": kind}


def reentry_sentence(days: int | None) -> str:
    if days is None:
        return _("每位客户只进一次")
    if days == 0:
        return _("每次触发都进")
    return _("同一客户 %(days)s 天内只进一次") % {"days": days}


def goal_sentence(goal: dict[str, Any], names: Names) -> str:
    if not goal.get("days") or not goal.get("fact"):
        return _("还没有填完")
    return _("%(days)s 天内「%(fact)s」") % {"days": goal.get("days"), "fact": names.fact(str(goal.get("fact")))}


def percent(share: Any) -> str:
    return f"{float(share) * 100:.3g}"
