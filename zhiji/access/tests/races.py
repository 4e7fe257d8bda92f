"""Who meets at the locks of accounts."""

from typing import Any

from zhiji.access import actions, limits
from zhiji.access.erasing import Person
from zhiji.access.models import AuditLine, Role, User
from zhiji.access.offers import erasers
from zhiji.config.tests.races.racing import Race
from zhiji.kernel import clock, pipeline
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted, Fact


def _administrators(count: int) -> list[User]:
    return [User.objects.create_user(f"admin{number}", role=Role.ADMINISTRATOR) for number in range(count)]


def two_edit_one_account() -> Race:
    """The second sees what the first wrote: its audit line tells the value before."""
    user = User.objects.create_user("bob", role=Role.SALES, display_name="a")

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        line = AuditLine.objects.order_by("-id")[0]
        assert line.detail["display_name"] == ["b", "c"]

    return Race(
        lambda: actions.edit_me(by=user, display_name="b", language="", theme=""),
        lambda: actions.edit_me(by=user, display_name="c", language="", theme=""),
        then,
    )


def two_administrators_shut_each_other_out() -> Race:
    one, other = _administrators(2)

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, actions.LastAdministrator), second
        assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1

    return Race(
        lambda: actions.deactivate_user(by=None, user=one), lambda: actions.deactivate_user(by=None, user=other), then
    )


def one_goes_while_the_other_is_in_hand() -> Race:
    """Who stays is looked at under a lock: somebody may be making them another role just now."""
    one, other = _administrators(2)

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        assert list(User.objects.filter(is_active=True)) == [other]

    return Race(
        lambda: actions.reset_password(by=None, user=other), lambda: actions.deactivate_user(by=None, user=one), then
    )


def two_reach_the_limit() -> Race:
    user = User.objects.create_user("bob", role=Role.SALES)

    def once() -> None:
        limits.audit_limited("looked up", by=user, most=2, advice="enough")

    once()

    def then(_: Any, second: Any) -> None:
        assert isinstance(second, limits.TooOften), second
        assert AuditLine.objects.filter(verb="looked up").count() == 2

    return Race(once, once, then)


def an_inbox_is_cleaned_while_the_pipeline_takes_from_it() -> Race:
    """What it took is in the log by then, where another eraser finds it; nothing of it comes back to the inbox."""
    now = clock.now()
    record([NewFact("customer_identified", now, "t", "1", {"traits": {"name": "甲"}}, identity="user:1")])
    person = Person(ids=(1,), identities=frozenset({"user:1"}))

    def then(_: Any, second: Any) -> None:
        assert second is None
        assert (Accepted.objects.count(), Fact.objects.count()) == (0, 1)

    return Race(pipeline.tell_once, lambda: erasers._inbox(person), then)


RACES = {
    "zhiji/access/offers/erasers.py:_inbox": an_inbox_is_cleaned_while_the_pipeline_takes_from_it,
    "zhiji/access/actions.py:_locked": two_edit_one_account,
    "zhiji/access/actions.py:_locked two administrators shut each other out": two_administrators_shut_each_other_out,
    "zhiji/access/actions.py:_keep_an_administrator": one_goes_while_the_other_is_in_hand,
    "zhiji/kernel/claims/rows.py:lock two reach a limit a day": two_reach_the_limit,
}
