"""What may be done only so often a day: the last allowed time is allowed, the next is not, and a day later again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from zhiji.access.limits import TooOften, audit_limited
from zhiji.access.models import AuditLine, User
from zhiji.kernel.models import Limited


def looks_up(by: User, verb: str = "contact looked up") -> None:
    audit_limited(verb, by=by, most=2, advice="明天再试", kind="phone")


def test_the_next_after_the_last_is_refused_and_leaves_no_line(anna: User, bob: User) -> None:
    looks_up(anna)
    looks_up(anna)
    with pytest.raises(TooOften, match="明天再试"):
        looks_up(anna)
    looks_up(bob)
    looks_up(anna, verb="member looked up")
    lines = AuditLine.objects.filter(verb="contact looked up").order_by("id").values_list("user", "object_id", "detail")
    assert list(lines) == [(who.pk, str(who.pk), {"kind": "phone"}) for who in (anna, anna, bob)]


def test_a_day_later_it_is_allowed_again(anna: User, move_clock: Callable[[timedelta], None]) -> None:
    looks_up(anna)
    move_clock(timedelta(hours=2))
    looks_up(anna)
    move_clock(timedelta(hours=21, minutes=59))
    with pytest.raises(TooOften):
        looks_up(anna)
    move_clock(timedelta(minutes=2))
    looks_up(anna)
    with pytest.raises(TooOften):
        looks_up(anna)


def test_who_is_at_the_limit_keeps_nobody_else_from_it(anna: User, bob: User) -> None:
    looks_up(anna)
    looks_up(anna)
    looks_up(bob)
    assert sorted(Limited.objects.values_list("thing", "taken")) == sorted(
        [(f"often:contact looked up:{anna.pk}", 2), (f"often:contact looked up:{bob.pk}", 1)]
    )
