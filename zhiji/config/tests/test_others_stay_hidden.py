"""Two worlds that differ only in customers whom a salesperson doesn't see are the same world to the salesperson."""

from typing import Any

import pytest

from zhiji.access.models import Role, User
from zhiji.config.tests.every_door import Answers, answers
from zhiji.config.tests.house import furnished, moved_in
from zhiji.flow.measure.actions import refresh_metrics
from zhiji.flow.segment.models import Figure
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db
MINE, OTHERS = ["甲一", "乙二"], ["丙三", "丁四", "戊五"]


def looked(user: User, customer: int) -> Answers:
    """What this user can see now, with nothing kept from before; of the administrator, a part is enough."""
    Figure.objects.all().delete()
    refresh_metrics(clock.now(), force=True)
    return answers(user, customer, pages=user.role == Role.SALES)


@pytest.fixture
def worlds(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Answers, Answers]]:
    """{who: everything seen before and after customers of others came}."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    rival = User.objects.create_user("rival", role=Role.SALES)
    furnished(alice)
    mine = moved_in(MINE, alice, owner=bob)[MINE[0]]
    before = {user.username: looked(user, mine) for user in (alice, bob)}
    moved_in(OTHERS[:2], alice, owner=rival, goods=MINE[0])
    moved_in(OTHERS[2:], alice, orders=1, goods=MINE[0])
    return {user.username: (before[user.username], looked(user, mine)) for user in (alice, bob)}


def test_nothing_that_a_salesperson_can_ask_tells_of_others_customers(worlds: Any) -> None:
    before, after = worlds["bob"]
    assert before.keys() == after.keys()
    told = {door: (before[door], after[door]) for door in before if before[door] != after[door]}
    assert not told, "\n".join(f"{door}: {_apart(*told[door])}" for door in sorted(told))
    let_in = {door for door, answer in after.items() if answer.startswith(b"200")}
    assert len(let_in) > 90
    seen_by_all, now = worlds["alice"]
    differing = {door for door in now if now[door] != seen_by_all[door]}
    assert len(differing & let_in) > 30, "an administrator sees that the world has changed"


def _apart(one: bytes, other: bytes) -> str:
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return " | ".join(some[max(0, at - 120) : at + 120].decode(errors="replace") for some in (one, other))
