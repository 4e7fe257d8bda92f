"""Make, change, switch and remove rules. Each leaves an audit line; each version stays readable."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.act import anniversaries
from zhiji.flow.act.definition import Definition, RuleRefused, checked
from zhiji.flow.act.models import Missed, Rule, RuleEntry, RuleVersion, StepRun
from zhiji.kernel import clock
from zhiji.kernel.pinyin import syllables

RESERVED = ("new", "preview", "step")
"""Words of the pages' addresses, so no rule's key."""

__all__ = ["RuleRefused", "create_rule", "delete_rule", "edit_rule", "retry_failed", "switch_off", "switch_on"]


@transaction.atomic
def create_rule(
    *,
    by: User | None,
    name: str,
    trigger: dict[str, Any],
    steps: list[dict[str, Any]],
    key: str = "",
    description: str = "",
    audience: dict[str, Any] | None = None,
    holdout: Decimal | float | str = Decimal("0.1"),
    reentry_days: int | None = None,
    grace_hours: int | None = None,
    goal: dict[str, Any] | None = None,
) -> Rule:
    """Make a rule, switched off. Raises RuleRefused with advice; `key` is made from the name when not given."""
    require(by, "rules:write")
    written = Definition(name=name, trigger=trigger, steps=steps, description=description, audience=audience,
                         holdout=Decimal(str(holdout)), reentry_days=reentry_days, grace_hours=grace_hours)  # fmt: skip
    definition = checked(replace(written, goal=goal) if goal is not None else written, by)
    if key and (slugify(key) != key or key in RESERVED or Rule.objects.filter(key=key).exists()):
        raise RuleRefused({"key": _("标识只能用小写字母、数字、- 和 _，且不能与别的规则相同")})
    rule = Rule.objects.create(key=key or _free_key(definition.name), created_by=by, **definition.__dict__)
    _keep_version(rule, definition, by)
    audit("rule created", rule, by=by, definition=definition.as_json())
    return rule


@transaction.atomic
def edit_rule(rule: Rule, *, by: User | None, expected_version: int | None = None, **changes: Any) -> Rule:
    """Change a rule: a new version for those who enter from now on; customers under way finish by theirs.

    `changes` are fields of Definition. Raises RuleRefused, also when somebody else saved after `expected_version`.
    """
    require(by, "rules:write")
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.archived_at is not None:
        raise RuleRefused({"name": _("规则已归档，不能再修改")})
    if expected_version is not None and expected_version != rule.version:
        raise RuleRefused({"name": _("别人刚刚保存了这条规则，请刷新后在新版本上修改")})
    before = definition_of(rule)
    definition = checked(replace(before, **changes), by)
    if definition == before:
        return rule
    for name, value in definition.__dict__.items():
        setattr(rule, name, value)
    rule.version += 1
    rule.trouble = ""
    rule.save()
    _keep_version(rule, definition, by)
    audit("rule edited", rule, by=by, version=rule.version, before=before.as_json(), after=definition.as_json())
    return rule


@transaction.atomic
def switch_on(rule: Rule, *, by: User | None, as_of: datetime | None = None) -> Rule:
    """From now on (or `as_of`) the rule takes customers in; what happened before doesn't fire. Checks it again."""
    require(by, "rules:write")
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.archived_at is not None:
        raise RuleRefused({"name": _("规则已归档，不能再打开")})
    if rule.enabled_at is None:
        checked(definition_of(rule))
        rule.enabled_at = as_of or clock.now()
        rule.trouble = ""
        rule.save(update_fields=["enabled_at", "trouble"])
        audit("rule switched on", rule, by=by, version=rule.version)
    return rule


@transaction.atomic
def switch_off(rule: Rule, *, by: User | None) -> int:
    """Take nobody in any more and stop those under way where they are. Returns how many were stopped.

    Entries that a batch adds at this very moment are stopped by the steps' loop, which looks at the switch too.
    """
    require(by, "rules:write")
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.enabled_at is None:
        return 0
    rule.enabled_at = None
    rule.save(update_fields=["enabled_at"])
    Missed.objects.filter(rule=rule).delete()
    running = RuleEntry.objects.filter(rule=rule, state=RuleEntry.State.RUNNING)
    stopped = running.update(state=RuleEntry.State.STOPPED)
    audit("rule switched off", rule, by=by, version=rule.version, stopped=stopped)
    return stopped


@transaction.atomic
def delete_rule(rule: Rule, *, by: User | None, as_of: datetime | None = None) -> bool:
    """Remove a rule nobody ever entered; archive one with a history. Returns whether it is gone entirely."""
    require(by, "rules:write")
    switch_off(rule, by=by)
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if RuleEntry.objects.filter(rule=rule).exists():
        rule.archived_at = as_of or clock.now()
        rule.save(update_fields=["archived_at"])
        audit("rule archived", rule, by=by)
        return False
    audit("rule deleted", rule, by=by, definition=definition_of(rule).as_json())
    rule.delete()
    return True


@transaction.atomic
def retry_failed(rule: Rule, *, by: User | None, as_of: datetime | None = None) -> int:
    """Take the failed step of this rule's failed entries again, by the version they came in by. Returns how many."""
    require(by, "rules:write")
    if Rule.objects.get(pk=rule.pk).enabled_at is None:
        raise RuleRefused({"name": _("规则已关闭；请先打开，再重试失败的步骤")})
    failed = list(
        RuleEntry.objects.select_for_update(skip_locked=True)
        .filter(rule=rule, state=RuleEntry.State.FAILED)
        .values_list("pk", flat=True)
    )
    StepRun.objects.filter(entry_id__in=failed, state=StepRun.State.FAILED).delete()
    RuleEntry.objects.filter(pk__in=failed).update(
        state=RuleEntry.State.RUNNING, attempts=0, due_at=as_of or clock.now()
    )
    audit("failed steps retried", rule, by=by, entries=len(failed))
    return len(failed)


def definition_of(rule: Rule) -> Definition:
    """What the rule says now."""
    return Definition(
        name=rule.name,
        trigger=rule.trigger,
        steps=rule.steps,
        description=rule.description,
        audience=rule.audience,
        holdout=rule.holdout,
        reentry_days=rule.reentry_days,
        grace_hours=rule.grace_hours,
        goal=rule.goal,
    )


def problems_of(rule: Rule) -> dict[str, str]:
    """What stands against the rule as it is now, by place: what it uses may have changed since it was kept."""
    try:
        checked(definition_of(rule))
    except RuleRefused as refused:
        return refused.problems
    return {}


def _keep_version(rule: Rule, definition: Definition, by: User | None) -> None:
    RuleVersion.objects.create(rule=rule, version=rule.version, definition=definition.as_json(), by=by)
    if definition.trigger["kind"] == "date":
        anniversaries.watch(str(definition.trigger["attribute"]))


def _free_key(name: str) -> str:
    stem = slugify("-".join(syllables(name)))[:40].strip("-") or "rule"
    taken = {*RESERVED, *Rule.objects.filter(key__startswith=stem).values_list("key", flat=True)}
    number = 1
    while (key := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return key
