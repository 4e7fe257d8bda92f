"""What each deed on a rule takes, refuses and leaves behind."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.flow.act import actions
from zhiji.flow.act.actions import create_rule, delete_rule, edit_rule, retry_failed, switch_off, switch_on
from zhiji.flow.act.definition import GOAL, RuleRefused
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Missed, Rule, RuleEntry, RuleVersion, StepRun
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.tests.cast import NOON, TAG, customer, live_rule
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.profile.actions import erase_customer
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db
PAID = {"kind": "fact", "fact": "order_paid"}


def made(**more: Any) -> Rule:
    return create_rule(**{"by": None, "name": "规则", "trigger": PAID, "steps": TAG, **more})


def came_in(rule: Rule, count: int = 1) -> list[RuleEntry]:
    enter(rule, [Candidate(customer(), f"fact:{number}", NOON) for number in range(count)], NOON)
    return list(RuleEntry.objects.filter(rule=rule).order_by("pk"))


def detail(verb: str) -> dict[str, Any]:
    found: dict[str, Any] = AuditLine.objects.get(verb=verb).detail
    return found


def test_a_rule_is_made_off_for_a_tenth_held_out_and_by_whom_is_kept(mark: User) -> None:
    rule = made(by=mark)
    rule.refresh_from_db()
    assert (rule.enabled_at, rule.version, rule.created_by) == (None, 1, mark)
    assert (rule.holdout, rule.reentry_days, rule.grace_hours, rule.goal) == (Decimal("0.1"), None, None, GOAL)
    version = RuleVersion.objects.get()
    assert (version.rule, version.version, version.by, version.definition["name"]) == (rule, 1, mark, "规则")
    assert detail("rule created")["definition"] == version.definition


def test_a_goal_that_is_given_is_kept(db: None) -> None:
    assert made(goal={"fact": "coupon_redeemed", "days": 3}).goal == {"fact": "coupon_redeemed", "days": 3}
    assert made(holdout="0.25", reentry_days=0, grace_hours=5, description="d").holdout == Decimal("0.25")


@pytest.mark.parametrize("key", ["new", "preview", "step", "Two Words", "taken"])
def test_a_key_that_pages_use_or_another_rule_has_is_refused(db: None, key: str) -> None:
    made(key="taken")
    with pytest.raises(RuleRefused) as refused:
        made(key=key)
    assert list(refused.value.problems) == ["key"] and Rule.objects.count() == 1


def test_a_key_is_made_from_the_name_and_none_twice(db: None) -> None:
    keys = [made(name=name).key for name in ("感谢首单", "感谢首单", "感谢首单", "!", "new", "长" * 30)]
    assert keys[:5] == ["gan-xie-shou-dan", "gan-xie-shou-dan-2", "gan-xie-shou-dan-3", "rule", "new-2"]
    assert len(keys[5]) <= 40 and not keys[5].endswith("-")


def test_an_edit_is_a_version_that_says_what_changed_and_the_same_again_is_none(mark: User) -> None:
    rule = made()
    Rule.objects.update(trouble="was broken")
    edited = edit_rule(rule, by=mark, expected_version=1, name="新名")
    edited.refresh_from_db()
    assert (edited.name, edited.version, edited.trouble) == ("新名", 2, "")
    told = detail("rule edited")
    assert (told["version"], told["before"]["name"], told["after"]["name"]) == (2, "规则", "新名")
    assert edit_rule(edited, by=mark, name="新名").version == 2
    assert RuleVersion.objects.count() == 2 and AuditLine.objects.filter(verb="rule edited").count() == 1


def test_nobody_edits_an_archived_rule_or_over_another(db: None) -> None:
    rule = made()
    with pytest.raises(RuleRefused, match="别人刚刚保存了"):
        edit_rule(rule, by=None, expected_version=2, name="x")
    Rule.objects.update(archived_at=NOON)
    for deed in (lambda: edit_rule(rule, by=None, name="x"), lambda: switch_on(rule, by=None)):
        with pytest.raises(RuleRefused, match="规则已归档"):
            deed()
    rule.refresh_from_db()
    assert (rule.name, rule.enabled_at) == ("规则", None)


def test_a_rule_is_switched_on_once_from_now_and_checked_again(db: None) -> None:
    rule, before = made(), clock.now()
    Rule.objects.update(trouble="was broken")
    on = switch_on(rule, by=None)
    on.refresh_from_db()
    assert on.enabled_at is not None and before <= on.enabled_at <= clock.now() and on.trouble == ""
    assert switch_on(rule, by=None, as_of=NOON).enabled_at == on.enabled_at
    assert detail("rule switched on") == {"version": 1}
    broken = made(name="b")
    Rule.objects.filter(pk=broken.pk).update(steps=[{"kind": "nothing"}])
    with pytest.raises(RuleRefused):
        switch_on(broken, by=None)
    assert actions.problems_of(Rule.objects.get(pk=broken.pk)) and not actions.problems_of(on)


def test_switching_off_stops_its_own_entries_and_forgets_whom_it_missed(db: None) -> None:
    rule, other = live_rule(PAID), live_rule(PAID, name="other")
    RuleEntry.objects.filter(pk=came_in(rule, 3)[2].pk).update(state="done")
    came_in(other)
    for one in (rule, other):
        Missed.objects.create(rule=one, since=NOON, as_of=NOON, tried_at=NOON)
    assert switch_off(rule, by=None) == 2
    states = sorted(RuleEntry.objects.filter(rule=rule).values_list("state", flat=True))
    assert states == ["done", "stopped", "stopped"]
    assert RuleEntry.objects.get(rule=other).state == "running" and Missed.objects.get().rule == other
    assert detail("rule switched off") == {"version": 1, "stopped": 2}
    rule.refresh_from_db()
    assert rule.enabled_at is None and switch_off(rule, by=None) == 0
    assert AuditLine.objects.filter(verb="rule switched off").count() == 1


def test_a_rule_that_took_somebody_in_is_archived_and_another_is_gone_with_its_text_in_the_audit(db: None) -> None:
    empty, used = live_rule(PAID), live_rule(PAID, name="used")
    came_in(used)
    assert delete_rule(empty, by=None) and not delete_rule(used, by=None, as_of=NOON)
    assert [(one.name, one.archived_at, one.enabled_at) for one in Rule.objects.all()] == [("used", NOON, None)]
    assert detail("rule deleted")["definition"]["name"] == "a rule" and detail("rule archived") == {}
    assert RuleEntry.objects.get().state == "stopped"


def test_only_failed_entries_of_this_rule_are_taken_again_and_only_their_failed_step(db: None) -> None:
    steps = [*TAG, {"kind": "set_priority", "priority": "2"}]
    rule, other = live_rule(PAID, steps=steps), live_rule(PAID, name="other")
    failed, done = came_in(rule, 2)
    (others,) = came_in(other)
    RuleEntry.objects.filter(pk__in=[failed.pk, others.pk]).update(state="failed", attempts=5, next_step=1)
    RuleEntry.objects.filter(pk=done.pk).update(state="done", attempts=3)
    for entry, number, state in ((failed, 0, "done"), (failed, 1, "failed"), (others, 0, "failed")):
        StepRun.objects.create(entry=entry, position=number, kind="tag", state=state, at=NOON)
    before = clock.now()
    assert retry_failed(rule, by=None) == 1
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("running", 0) and before <= failed.due_at <= clock.now()
    left = {(run.entry_id, run.position) for run in StepRun.objects.all()}
    assert left == {(failed.pk, 0), (others.pk, 0)}
    kept = dict(RuleEntry.objects.values_list("pk", "state"))
    assert (kept[others.pk], kept[done.pk]) == ("failed", "done")
    assert detail("failed steps retried") == {"entries": 1}
    RuleEntry.objects.update(due_at=NOON)
    while round_once(as_of=NOON):
        pass
    assert RuleEntry.objects.get(pk=failed.pk).state == "done"


def test_of_a_rule_that_is_off_nothing_is_tried_again(db: None) -> None:
    rule = live_rule(PAID)
    came_in(rule)
    RuleEntry.objects.update(state="failed")
    Rule.objects.update(enabled_at=None)
    with pytest.raises(RuleRefused, match="请先打开"):
        retry_failed(rule, by=None, as_of=NOON + timedelta(hours=1))
    assert RuleEntry.objects.get().state == "failed"


def test_nothing_more_is_done_to_an_erased_customer_and_nothing_says_why_they_came_in(db: None) -> None:
    rule = live_rule(PAID)
    gone, stays, done = came_in(rule, 3)
    RuleEntry.objects.filter(pk=done.pk).update(state="done", customer_id=gone.customer_id)
    RuleEntry.objects.update(why={"fact": "order_paid"})
    StepRun.objects.create(entry=gone, position=0, kind="tag", state="done", detail={"tag": "x"}, at=NOON)
    erase_customer(customer_id=gone.customer_id, by=None)
    kept = {one.pk: (one.state, one.why) for one in RuleEntry.objects.all()}
    assert kept == {gone.pk: ("stopped", {}), done.pk: ("done", {}), stays.pk: ("running", {"fact": "order_paid"})}
    assert {one.occasion for one in RuleEntry.objects.all()} == {
        f"erased:{gone.pk}", f"erased:{done.pk}", stays.occasion,
    }  # fmt: skip
    assert StepRun.objects.get().detail == {}


def test_who_only_reads_rules_does_nothing_to_them(bob: User) -> None:
    rule = live_rule(PAID)
    came_in(rule)
    RuleEntry.objects.update(state="failed")
    for deed in (
        lambda: made(by=bob),
        lambda: edit_rule(rule, by=bob, name="x"),
        lambda: switch_on(rule, by=bob),
        lambda: switch_off(rule, by=bob),
        lambda: delete_rule(rule, by=bob),
        lambda: retry_failed(rule, by=bob),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert (Rule.objects.get().name, RuleEntry.objects.get().state) == ("a rule", "failed")
