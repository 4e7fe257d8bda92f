"""The picture of a rule: trigger, audience, hold-out, each step, with counts that lead to the customers."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiji.flow.act import queries
from zhiji.flow.act.models import Rule, RuleVersion
from zhiji.flow.act.presentation import COLOURS, state_words
from zhiji.flow.act.sentence import audience_sentence, percent, step_sentence, trigger_sentence
from zhiji.flow.act.stepping import step_of
from zhiji.flow.act.triggers import Names

RESULTS = ("done", "waiting", "skipped", "failed")


def picture(
    rule: Rule, version: RuleVersion, since: datetime | None, names: Names, owner: int | None
) -> dict[str, Any]:
    """What the flow's template draws of this version, counted over everybody or one owner's customers."""
    definition = version.definition
    steps = definition["steps"]
    counts = queries.flow(rule, version.version, len(steps), since, owner)
    holdout = Decimal(definition["holdout"])

    def link(**query: Any) -> str:
        return f"{reverse('rule_entries', args=[rule.key])}?{urlencode({'version': version.version, **query})}"

    return {
        "trigger": trigger_sentence(definition["trigger"], names),
        "audience": audience_sentence(definition["audience"]),
        "entered": counts.entered,
        "entered_url": link(),
        "treated": counts.treated,
        "treated_url": link(state="treated"),
        "held_out": counts.held_out,
        "held_out_url": link(state="held_out"),
        "holdout": percent(holdout) if holdout else "",
        "treated_percent": percent(1 - holdout),
        "done": counts.states.get("done", 0),
        "done_url": link(state="done"),
        "stopped": counts.states.get("stopped", 0),
        "stopped_url": link(state="stopped"),
        "steps": [
            {
                "number": position + 1,
                "icon": _icon(step["kind"]),
                "sentence": step_sentence(step),
                "results": _results(counts.steps[position], position, link),
                "bar": _bar(counts.steps[position]),
            }
            for position, step in enumerate(steps)
        ],
    }


def _icon(kind: str) -> str:
    try:
        return step_of(kind).icon
    except LookupError:
        return "bolt"


def _results(figures: queries.StepFigures, position: int, link: Any) -> list[dict[str, Any]]:
    words = state_words()
    return [
        {
            "word": words[name],
            "count": getattr(figures, name),
            "colour": COLOURS[name],
            "url": link(step=position + 1, result=name),
        }
        for name in RESULTS
        if name == "done" or getattr(figures, name)
    ]


def _bar(figures: queries.StepFigures) -> list[dict[str, Any]]:
    """Shares of 100 for a thin stacked bar, left to right."""
    total = sum(getattr(figures, name) for name in RESULTS)
    parts, start = [], 0.0
    for name in RESULTS:
        width = 100 * getattr(figures, name) / total if total else 0.0
        if width:
            parts.append({"name": name, "x": f"{start:.2f}", "width": f"{width:.2f}"})
        start += width
    return parts


def preview_notes(told: Any) -> list[tuple[str, str]]:
    """The lines under "what will happen" beside the form."""
    return [
        (_("何时"), told.when),
        (_("对谁"), told.who or _("所有触发的客户")),
        (_("对照组"), told.holdout),
        (_("再次进入"), told.reentry),
        (_("迟到的"), told.grace or _("照常执行")),
        (_("目标"), told.goal),
    ]
