"""A rule's definition: what it says, checked with advice before it is kept."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhiji.access.models import User
from zhiji.flow.act.step import Parameter, Step, opened, sealed
from zhiji.flow.act.stepping import step_of
from zhiji.flow.act.triggers import Names, names, parse
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.conditions import parse as parse_condition
from zhiji.flow.segment.definitions.readable import refuse_hidden
from zhiji.kernel.listing import listed, one_after_another
from zhiji.kernel.registry import offered
from zhiji.kernel.values import Refusal, number

LARGEST_HOLDOUT = Decimal("0.5")
GOAL = {"fact": "order_paid", "days": 14}


class RuleRefused(ValueError):
    """The rule can't be kept so. `problems` says by place (name, trigger, audience, steps.0, …) what to do."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(one_after_another(f"{place}: {advice}" for place, advice in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Definition:
    """What a version of a rule says. `reentry_days` None: once ever; 0: each time. `holdout` is a share.

    `grace_hours` None: an occasion counts however late it is found (after downtime, or told late); else it is
    left out when it is found more hours after it was due.
    """

    name: str
    trigger: dict[str, Any]
    steps: list[dict[str, Any]]
    description: str = ""
    audience: dict[str, Any] | None = None
    holdout: Decimal = Decimal("0.1")
    reentry_days: int | None = None
    grace_hours: int | None = None
    goal: dict[str, Any] = field(default_factory=lambda: dict(GOAL))

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "holdout": str(self.holdout)}


def checked(definition: Definition, by: User | None = None) -> Definition:
    """The definition with its values in one writing, as `by` may write it. Raises RuleRefused with every problem at
    once."""
    problems: dict[str, str] = {}
    known = names()
    if not definition.name.strip():
        problems["name"] = _("请给规则起个名字")
    _check_trigger(definition.trigger, known, problems, by)
    if definition.audience is not None:
        _check_audience(definition.audience, known, problems, by)
    steps = _check_steps(definition.steps, problems)
    holdout = _share(definition.holdout, problems)
    if definition.reentry_days is not None and not 0 <= definition.reentry_days <= 3650:
        problems["reentry_days"] = _("再次进入的间隔应在 0 到 3650 天之间；留空表示每位客户只进一次")
    if definition.grace_hours is not None and not 0 <= definition.grace_hours <= 8760:
        problems["grace_hours"] = _("迟到的时限应在 0 到 8760 小时之间；留空表示迟到多久都执行")
    goal = {"fact": str(definition.goal.get("fact") or ""), "days": definition.goal.get("days")}
    if not goal["fact"] or not isinstance(goal["days"], int) or not 1 <= goal["days"] <= 365:
        problems["goal"] = _("目标需要一个行为和 1 到 365 天的期限，例如 14 天内支付订单")
    if problems:
        raise RuleRefused(problems)
    return replace(definition, name=definition.name.strip(), steps=steps, holdout=holdout, goal=goal)


def _check_trigger(tree: Any, known: Names, problems: dict[str, str], by: User | None) -> None:
    try:
        parse(tree).check(known)
        refuse_hidden(tree, by)
    except ValueError as error:
        problems["trigger"] = str(error)


def _check_audience(tree: Any, known: Names, problems: dict[str, str], by: User | None) -> None:
    try:
        parse_condition(tree)
        refuse_hidden(tree, by)
    except ConditionError as error:
        problems["audience"] = _("人群条件 %(path)s：%(reason)s %(hint)s") % {
            "path": error.path, "reason": error.reason, "hint": error.hint,
        }  # fmt: skip
        return
    for kind, key in _mentions(tree):
        if kind == "segment" and key not in known.segments:
            problems["audience"] = _("人群条件用到的客群「%(key)s」不存在") % {"key": key}
        if kind == "class" and key not in known.schemes:
            problems["audience"] = _("人群条件用到的分类方案「%(key)s」不存在") % {"key": key}


def _mentions(tree: Any) -> list[tuple[str, str]]:
    if isinstance(tree, list):
        return [one for part in tree for one in _mentions(part)]
    if not isinstance(tree, dict):
        return []
    if tree.get("kind") in ("segment", "class"):
        return [(tree["kind"], str(tree.get("segment" if tree["kind"] == "segment" else "scheme")))]
    return _mentions(tree.get("of"))


def _check_steps(steps: Any, problems: dict[str, str]) -> list[dict[str, Any]]:
    if not isinstance(steps, list) or not steps:
        problems["steps"] = _("至少加一个步骤，说明要对客户做什么")
        return []
    found = []
    kinds = [str(one.get("kind")) if isinstance(one, dict) else "" for one in steps]
    for position, one in enumerate(steps):
        try:
            found.append(_checked_step(one, kinds[:position]))
        except ValueError as error:
            problems[f"steps.{position}"] = str(error)
    return found


def _checked_step(one: Any, before: list[str]) -> dict[str, Any]:
    if not isinstance(one, dict) or "kind" not in one:
        raise ValueError(_("每个步骤都要写明 kind"))
    kind = str(one["kind"])
    try:
        step = step_of(kind)
    except LookupError:
        known = listed(step.kind for step in offered(Step))
        raise ValueError(_("没有步骤「%(kind)s」；可选：%(known)s") % {"kind": kind, "known": known}) from None
    unknown = sorted(set(one) - {"kind"} - {parameter.name for parameter in step.parameters})
    if unknown:
        raise ValueError(_("步骤「%(step)s」没有参数 %(names)s") % {"step": step.label, "names": listed(unknown)})
    values = {parameter.name: _value(parameter, one.get(parameter.name)) for parameter in step.parameters}
    values = {name: value for name, value in values.items() if value is not None}
    step.check(opened(step, values))
    step.fits(values, before)
    return {"kind": kind, **sealed(step, values)}


def _value(parameter: Parameter, given: Any) -> Any:
    if given in (None, ""):
        given = parameter.default
    if given in (None, ""):
        if parameter.required:
            raise ValueError(_("请填写「%(label)s」") % {"label": parameter.label})
        return None
    if parameter.type == "number":
        found = number.of(given)
        if isinstance(found, Refusal):
            raise ValueError(_("「%(label)s」应为数字") % {"label": parameter.label})
        return number.plain(found)
    if parameter.type == "flag":
        return given in (True, "true", "on", "1", 1)
    if parameter.type == "choice" and parameter.choices is not None:
        choices = {str(value): str(label) for value, label in parameter.choices()}
        if str(given) not in choices:
            raise ValueError(
                _("「%(label)s」没有选项「%(value)s」；可选：%(known)s")
                % {"label": parameter.label, "value": given, "known": listed(list(choices)[:20]) or "—"}
            )
    return str(given)


def _share(given: Any, problems: dict[str, str]) -> Decimal:
    found = number.of(given)
    share = Decimal(-1) if isinstance(found, Refusal) else found.quantize(Decimal("0.001"))
    if not 0 <= share <= LARGEST_HOLDOUT:
        problems["holdout"] = _("对照组比例应在 0% 到 50% 之间")
    return share
