"""The log says which facts decided: those that came in, or left a window, and that the definition reads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.tokens import create_token
from zhiji.flow.profile.actions import add_tag
from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions
from zhiji.flow.segment.live import log_blocks
from zhiji.flow.segment.models import MembershipChange
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Fact
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-05-20T12:00:00+08:00")
MONTH = {"last": 30, "unit": "days"}
BOUGHT = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1, "window": MONTH}


@pytest.fixture(autouse=True)
def buyers() -> None:
    settle()
    actions.create_segment(by=None, key="buyers", name="买家", condition=BOUGHT)
    actions.create_segment(by=None, key="vips", name="贵宾", condition={"kind": "tag", "tag": "vip"})
    classes = [{"key": "active", "name": "活跃", "condition": BOUGHT}, {"key": "other", "name": "其他"}]
    actions.create_scheme(by=None, key="plan", name="计划", classes=classes)
    actions.build(NOW)


def settle(at: datetime = NOW) -> None:
    while run_once(as_of=at):
        pass


def does(*names: str, at: datetime = NOW, who: str = "1") -> int:
    record([NewFact(name, at, "test", f"{name} {who} {at}", {}, identity=f"user:{who}") for name in names])
    settle()
    return Customer.objects.latest("pk").pk


def told(root: int) -> list[tuple[str, str, list[str]]]:
    """Of each change, oldest first: what, by which cause, and the names of the facts that decided."""
    names = dict(Fact.objects.values_list("pk", "name"))
    return [
        (
            one.segment.key if one.segment else str(one.to_class and one.to_class.key),
            one.cause,
            [names[fact] for fact in one.facts],
        )
        for one in MembershipChange.objects.filter(customer_id=root).order_by("at", "pk")
    ]


def test_what_came_in_and_is_read() -> None:
    root = does("page_viewed", "order_paid")
    assert sorted(told(root)) == [("active", "fact", ["order_paid"]), ("buyers", "fact", ["order_paid"])]


def test_what_left_the_window() -> None:
    root = does("order_paid", at=NOW - timedelta(days=29))
    settle(NOW + timedelta(days=2))
    assert sorted(told(root)[2:]) == [("buyers", "window", ["order_paid"]), ("other", "window", ["order_paid"])]


def test_what_was_dated_ahead_and_has_come() -> None:
    root = does("order_paid", at=NOW + timedelta(hours=1))
    settle(NOW + timedelta(hours=2))
    assert ("buyers", "window", ["order_paid"]) in told(root)


def test_what_was_said_of_the_customer(alice: User) -> None:
    root = does("page_viewed")
    add_tag(customer_ids=[root], tag="vip", by=alice)
    settle()
    assert ("vips", "attribute", ["tag_added"]) in told(root)


def test_of_very_many_at_once_and_of_a_new_definition_none_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "LIVE", 0)
    root = does("order_paid")
    actions.create_segment(by=None, key="again", name="又一", condition=BOUGHT)
    actions.build(NOW)
    assert [facts for _, _, facts in told(root)] == [[], [], []]


def test_the_api_lists_a_customers_changes(mona: User) -> None:
    root = does("order_paid")
    fact = Fact.objects.get(name="order_paid").pk
    rows = asked(mona, root).json()["rows"]
    entered = next(row for row in rows if row["segment"] == "buyers")
    moved = next(row for row in rows if row["scheme"] == "plan")
    assert (entered["entered"], entered["cause"], entered["facts"]) == (True, "fact", [fact])
    assert entered["why"][0]["value"] == 1
    assert (moved["from_class"], moved["to_class"], moved["facts"]) == (None, "active", [fact])


def test_a_salesperson_is_not_told_of_anothers_customer(bob: User) -> None:
    assert asked(bob, does("order_paid")).status_code == 404


def test_the_page_says_what_led_to_a_change(mona: User, signed_in: Callable[[User], Client]) -> None:
    root = does("order_paid")
    page = signed_in(mona).get(f"/customers/{root}/").content.decode()
    assert "起因：支付订单 05-20 12:00" in page


def asked(user: User, root: int) -> Any:
    token = create_token(by=None, user=user, name="t", scopes=("segments:read",))
    return Client().get(f"/api/customers/{root}/changes", headers={"Authorization": f"Bearer {token}"})
