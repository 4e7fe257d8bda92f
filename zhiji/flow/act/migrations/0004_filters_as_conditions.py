"""Values of triggers' filters in the form that conditions ask for: numbers as numbers, words as words."""

from typing import Any

from django.db import migrations

from zhiji.flow.segment.conditions.where import property_type


def fit(value: Any, type_: str) -> Any:
    """A value as its property is compared; what can't be is left, and the rule's page says what is wrong with it."""
    if type_ == "number" and isinstance(value, str):
        try:
            return float(value) if not float(value).is_integer() else int(float(value))
        except (ValueError, OverflowError):
            return value
    if type_ in ("text", "list", "any") and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def fitted(trigger: Any) -> bool:
    """Fit a trigger's filters; whether any changed."""
    changed = False
    if not isinstance(trigger, dict) or trigger.get("kind") != "fact":
        return False
    for one in trigger.get("where") or ():
        if one.get("value") is None:
            continue
        op = "contains" if one["op"] == "contains" else one["op"]
        shown = str(one["value"]) if op == "contains" else one["value"]
        type_ = property_type(trigger["fact"], one["property"], shown, op)
        several = isinstance(one["value"], list)
        value = [fit(each, type_) for each in one["value"]] if several else fit(one["value"], type_)
        changed = changed or value != one["value"]
        one["value"] = value
    return changed


def fit_all(apps: Any, schema_editor: Any) -> None:
    for rule in apps.get_model("act", "Rule").objects.all():
        if fitted(rule.trigger):
            rule.save(update_fields=["trigger"])
    for version in apps.get_model("act", "RuleVersion").objects.all():
        if fitted(version.definition.get("trigger")):
            version.save(update_fields=["definition"])


class Migration(migrations.Migration):
    dependencies = [("act", "0003_grace")]

    operations = [migrations.RunPython(fit_all, migrations.RunPython.noop)]
