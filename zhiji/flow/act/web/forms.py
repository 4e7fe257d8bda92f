"""The rule form: what the browser sends, as a definition; a definition, as what the form shows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.http import QueryDict
from django.utils.translation import gettext as _

from zhiji.flow.act import queries
from zhiji.flow.act.definition import GOAL, Definition
from zhiji.flow.act.step import Parameter, Step
from zhiji.flow.act.stepping import step_of
from zhiji.flow.act.triggers import Names
from zhiji.kernel import given
from zhiji.kernel.facts import asleep, fact_types
from zhiji.kernel.registry import offered
from zhiji.kernel.values import Refusal, number


@dataclass
class Draft:
    """What was typed, as far as it can be read; `problems` are those of reading it."""

    definition: Definition
    problems: dict[str, str] = field(default_factory=dict)


def read(post: QueryDict) -> Draft:
    """The definition a browser sent. Nothing is lost when something won't do: it is shown again as typed."""
    problems: dict[str, str] = {}
    definition = Definition(
        name=post.get("name", "").strip(),
        description=post.get("description", "").strip(),
        trigger=_trigger(post),
        audience=_audience(post, problems),
        steps=[_step(post, token) for token in post.getlist("step")],
        holdout=_share(post.get("holdout", ""), problems),
        reentry_days=_reentry(post, problems),
        grace_hours=_grace(post, problems),
        goal={"fact": post.get("goal_fact", ""), "days": _number(post.get("goal_days", ""))},
    )
    return Draft(definition, problems)


def _trigger(post: QueryDict) -> dict[str, Any]:
    kind = post.get("trigger", "")
    if kind in ("class_entered", "class_left"):
        scheme, _colon, key = post.get("t_class", "").partition(":")
        return {"kind": kind, "scheme": scheme, "class": key}
    if kind in ("segment_entered", "segment_left"):
        return {"kind": kind, "segment": post.get("t_segment", "")}
    if kind == "fact":
        return {"kind": kind, "fact": post.get("t_fact", "").strip(), "where": _filters(post.get("t_where", ""))}
    if kind == "absence":
        return {
            "kind": kind,
            "after": post.get("t_after", "").strip(),
            "days": _number(post.get("t_days", "")),
            "without": post.get("t_without", "").strip(),
        }
    custom = post.get("t_custom", "").strip()
    attribute = f"attributes.{custom}" if post.get("t_attribute") == "custom" else post.get("t_attribute", "birthday")
    days = _number(post.get("t_offset", "0")) or 0
    sign = {"before": 1, "after": -1}.get(post.get("t_way", "on"), 0)
    return {
        "kind": "date",
        "attribute": attribute,
        "days_before": days * sign,
        "hour": _number(post.get("t_hour", "9")) or 0,
        "yearly": post.get("t_yearly", "yes") == "yes",
    }


def _filters(text: str) -> list[Any]:
    """The filters of a fact, as the browser keeps them; what is no list is none."""
    try:
        found = given.read(text or "[]")
    except given.Unfit:
        return []
    return found if isinstance(found, list) else []


def _audience(post: QueryDict, problems: dict[str, str]) -> dict[str, Any] | None:
    mode = post.get("audience", "everyone")
    if mode == "segment":
        return {"kind": "segment", "segment": post.get("a_segment", "")}
    if mode == "class":
        scheme, _colon, key = post.get("a_class", "").partition(":")
        return {"kind": "class", "scheme": scheme, "classes": [key]}
    if mode == "condition":
        try:
            tree = given.read(post.get("a_condition", ""))
            return tree if isinstance(tree, dict) else {}
        except given.Unfit as error:
            problems["audience"] = _("人群条件：%(reason)s") % {"reason": error}
    return None


def _step(post: QueryDict, token: str) -> dict[str, Any]:
    kind = post.get(f"{token}.kind", "")
    values: dict[str, Any] = {"kind": kind}
    try:
        parameters = step_of(kind).parameters
    except LookupError:
        return values
    for parameter in parameters:
        text = post.get(f"{token}.{parameter.name}", "")
        if parameter.type == "flag":
            values[parameter.name] = text == "on"
        elif text.strip():
            found = _number(text) if parameter.type == "number" else None
            values[parameter.name] = text.strip() if found is None else found
    return values


def _share(text: str, problems: dict[str, str]) -> Decimal:
    found = number.parse(text.strip().removesuffix("%") or "0")
    if isinstance(found, Refusal):
        problems["holdout"] = _("对照组比例应为数字，例如 10")
        return Decimal("0.1")
    return found / 100


def _reentry(post: QueryDict, problems: dict[str, str]) -> int | None:
    way = post.get("reentry", "never")
    if way != "after":
        return 0 if way == "always" else None
    days = _number(post.get("reentry_days", ""))
    if days is None or days < 1:
        problems["reentry_days"] = _("请写明几天后可以再次进入")
        return None
    return int(days)


def _grace(post: QueryDict, problems: dict[str, str]) -> int | None:
    if post.get("late", "always") != "within":
        return None
    hours = _number(post.get("grace_hours", ""))
    if hours is None or hours < 0:
        problems["grace_hours"] = _("请写明迟到多少小时以内仍然执行")
        return None
    return int(hours)


def _number(text: str) -> int | float | None:
    """What was typed as a number; None where it is none."""
    found = number.parse(text)
    return None if isinstance(found, Refusal) else number.plain(found)


def shown(definition: Definition, names: Names, problems: Mapping[str, str]) -> dict[str, Any]:
    """The context of the form's template."""
    trigger, audience = definition.trigger, definition.audience
    days = int(trigger.get("days_before") or 0) if trigger.get("kind") == "date" else 0
    return {
        "definition": definition,
        "trigger": trigger,
        "kinds": trigger_kinds(),
        "classes": [
            (f"{scheme}:{key}", f"{names.scheme(scheme)} · {name}") for (scheme, key), name in names.classes.items()
        ],
        "trigger_class": f"{trigger.get('scheme', '')}:{trigger.get('class', '')}",
        "segments": list(names.segments.items()),
        "facts": _facts(trigger, definition.goal),
        "where_json": json.dumps(list(trigger.get("where") or []), ensure_ascii=False),
        "offset": abs(days),
        "way": "before" if days > 0 else "after" if days < 0 else "on",
        "custom": str(trigger.get("attribute", "")).removeprefix("attributes."),
        "is_custom": str(trigger.get("attribute", "")).startswith("attributes."),
        "hour": trigger.get("hour", 9),
        "yearly": trigger.get("yearly", True),
        "audience_mode": _mode(audience),
        "audience": audience or {},
        "audience_class": f"{(audience or {}).get('scheme', '')}:{((audience or {}).get('classes') or [''])[0]}",
        "audience_json": json.dumps(audience, ensure_ascii=False, indent=2) if audience else "",
        "steps": [
            block(step, problem=problems.get(f"steps.{number}", "")) for number, step in enumerate(definition.steps)
        ],
        "choices": [(step.kind, step.label) for step in offered(Step)],
        "holdout": f"{float(definition.holdout) * 100:.3g}",
        "problems": problems,
        "goal": {**GOAL, **definition.goal},
    }


def _facts(trigger: Mapping[str, Any], goal: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Declared facts by their labels, then the names that only the log or this rule knows."""
    labels = {kind.name: _(str(kind.label)) for kind in fact_types().values() if kind.name not in asleep()}
    mentioned = {str(trigger.get(place) or "") for place in ("fact", "after", "without")} | {
        str(goal.get("fact") or "")
    }
    others = sorted(((set(queries.fact_names()) - asleep().keys()) | mentioned) - labels.keys() - {""})
    return [*sorted(labels.items(), key=lambda one: one[1]), *((name, name) for name in others)]


def trigger_kinds() -> list[tuple[str, str, str]]:
    """(kind, words, icon) of every trigger, in the order of the chooser."""
    return [
        ("class_entered", _("进入某个类别"), "login-2"),
        ("class_left", _("离开某个类别"), "logout-2"),
        ("segment_entered", _("进入客群"), "user-plus"),
        ("segment_left", _("离开客群"), "user-minus"),
        ("fact", _("发生某个行为"), "bolt"),
        ("absence", _("一段时间没有动静"), "hourglass"),
        ("date", _("生日或日期"), "cake"),
    ]


def block(values: Mapping[str, Any], problem: str = "") -> dict[str, Any]:
    """A step of the form, its fields made from the parameters its app declares."""
    kind, token = str(values.get("kind", "")), f"s{uuid4().hex[:8]}"
    try:
        step = step_of(kind)
    except LookupError:
        return {"token": token, "kind": kind, "label": kind, "fields": [], "problem": problem}
    fields = [_field(token, parameter, values.get(parameter.name)) for parameter in step.parameters]
    return {"token": token, "kind": kind, "label": step.label, "fields": fields, "problem": problem}


def _field(token: str, parameter: Parameter, value: Any) -> dict[str, Any]:
    given = parameter.default if value in (None, "") and value is not False else value
    return {
        "name": f"{token}.{parameter.name}",
        "label": parameter.label,
        "type": parameter.type,
        "required": parameter.required,
        "hint": parameter.hint,
        "value": "" if given is None else given,
        "choices": [(str(key), label) for key, label in parameter.choices()] if parameter.choices else [],
    }


def _mode(audience: dict[str, Any] | None) -> str:
    if audience is None:
        return "everyone"
    kind = audience.get("kind")
    if kind == "segment":
        return "segment"
    return "class" if kind == "class" and len(audience.get("classes") or []) == 1 else "condition"
