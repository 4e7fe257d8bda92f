"""Who meets at the locks of rules and their entries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from zhiji.access.models import AuditLine
from zhiji.config.tests.races.racing import Race
from zhiji.flow.act import actions
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import Rule, RuleEntry, StepRun
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.tests.cast import TAG, customer, live_rule
from zhiji.flow.act.triggers import Candidate
from zhiji.kernel import clock

PAID = {"kind": "fact", "fact": "order_paid"}


def _verbs() -> list[str]:
    return list(AuditLine.objects.order_by("id").values_list("verb", flat=True))


def two_edit_one_version() -> Race:
    rule = actions.create_rule(by=None, name="a", trigger=PAID, steps=TAG, key="a")

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, actions.RuleRefused), second
        rule.refresh_from_db()
        assert (rule.name, rule.version) == ("b", 2)

    return Race(
        lambda: actions.edit_rule(rule, by=None, expected_version=1, name="b"),
        lambda: actions.edit_rule(rule, by=None, expected_version=1, name="c"),
        then,
    )


def two_switch_on() -> Race:
    """It is on since the first, and told of once."""
    rule = actions.create_rule(by=None, name="a", trigger=PAID, steps=TAG, key="a")

    def then(first: Any, second: Any) -> None:
        assert first.enabled_at == second.enabled_at
        assert _verbs() == ["rule created", "rule switched on"]

    return Race(lambda: actions.switch_on(rule, by=None), lambda: actions.switch_on(rule, by=None), then)


def two_switch_off() -> Race:
    rule = live_rule(PAID)

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (0, 0)
        assert _verbs().count("rule switched off") == 1

    return Race(lambda: actions.switch_off(rule, by=None), lambda: actions.switch_off(rule, by=None), then)


def one_deletes_what_another_edits() -> Race:
    """Who comes second finds no rule, and leaves no line about it."""
    rule = actions.create_rule(by=None, name="a", trigger=PAID, steps=TAG, key="a")

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, Rule.DoesNotExist), second
        assert _verbs() == ["rule created", "rule edited", "rule deleted"] or not Rule.objects.exists()

    return Race(lambda: actions.delete_rule(rule, by=None), lambda: actions.delete_rule(rule, by=None), then)


def _entered(state: str) -> Rule:
    rule = live_rule(PAID)
    now = clock.now()
    enter(rule, [Candidate(customer(), "once", now)], now)
    RuleEntry.objects.update(state=state, due_at=now - timedelta(minutes=1))
    return rule


def two_retry_failed_steps() -> Race:
    """An entry is taken up once."""
    rule = _entered("failed")

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (1, 0)

    return Race(
        lambda: actions.retry_failed(rule, by=None), lambda: actions.retry_failed(rule, by=None), then, passes=True
    )


def two_workers_take_the_next_step() -> Race:
    """The second passes over what the first has in hand: the step is done once."""
    _entered("running")

    def then(first: Any, second: Any) -> None:
        assert (first, second) == (1, 0)
        assert StepRun.objects.count() == 1

    return Race(round_once, round_once, then, passes=True)


RACES: dict[str, Callable[[], Race]] = {
    "zhiji/flow/act/actions.py:edit_rule": two_edit_one_version,
    "zhiji/flow/act/actions.py:switch_on": two_switch_on,
    "zhiji/flow/act/actions.py:switch_off": two_switch_off,
    "zhiji/flow/act/actions.py:delete_rule": one_deletes_what_another_edits,
    "zhiji/flow/act/actions.py:retry_failed": two_retry_failed_steps,
    "zhiji/flow/act/stepping.py:_due": two_workers_take_the_next_step,
}
