"""What changed from one version of a rule to the next, in the words of the screen."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhiji.flow.act.definition import Definition
from zhiji.flow.act.models import Rule, RuleVersion
from zhiji.flow.act.sentence import told
from zhiji.flow.act.triggers import Names


def changes(rule: Rule, names: Names) -> list[dict[str, Any]]:
    """Newest first: {version, by, at, lines: [(what, before, after)]}; the first version has no lines."""
    found = list(RuleVersion.objects.filter(rule=rule).select_related("by").order_by("version"))
    said = [_said(version, names) for version in found]
    rows = []
    for number, version in enumerate(found):
        before = said[number - 1] if number else {}
        lines = [
            (what, before[what], after) for what, after in said[number].items() if number and before[what] != after
        ]
        rows.append({"version": version, "lines": lines, "first": number == 0, "said": list(said[number].items())})
    return rows[::-1]


def latest(rule: Rule, names: Names) -> dict[str, Any]:
    """The newest version with what it changed."""
    return changes(rule, names)[0]


def _said(version: RuleVersion, names: Names) -> dict[str, str]:
    kept = dict(version.definition)
    kept["holdout"] = Decimal(str(kept["holdout"]))
    definition = Definition(**kept)
    phrases = told(definition, names)
    return {
        _("名称"): definition.name,
        _("说明"): definition.description or "–",
        _("何时"): phrases.when,
        _("对谁"): phrases.who or _("所有触发的客户"),
        _("步骤"): " → ".join(phrases.steps),
        _("对照组"): phrases.holdout,
        _("再次进入"): phrases.reentry,
        _("迟到的"): phrases.grace or _("照常执行"),
        _("目标"): phrases.goal,
    }
