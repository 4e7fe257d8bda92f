"""Before an edit is made, one sees who would come, go and change class; and how a condition did over the last days."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from zhiji.flow.resolve.models import Customer
from zhiji.flow.segment import actions
from zhiji.flow.segment.conditions import ConditionError
from zhiji.flow.segment.figures import preview
from zhiji.flow.segment.models import Classification, SegmentMembership
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db


def orders(least: int, days: int = 30) -> dict[str, Any]:
    window = {"last": days, "unit": "days"}
    return {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": least, "window": window}


def buyer(who: str, *days_ago: float) -> int:
    """A customer with an order so many days ago each; the id."""
    now = clock.now()
    record(
        NewFact("order_paid", now - timedelta(days=ago), "test", f"{who} {at}", {"amount": 10}, identity=f"user:{who}")
        for at, ago in enumerate(days_ago)
    )
    while run_once():
        pass
    return Customer.objects.latest("pk").pk


@pytest.fixture
def people() -> list[int]:
    """Buyers of one, two and three orders in the last days."""
    return [buyer("one", 1), buyer("two", 1, 2), buyer("three", 1, 2, 3)]


def plan(*least: int) -> list[dict[str, Any]]:
    """Classes by the number of orders."""
    first = [{"key": f"c{one}", "name": f"c{one}", "condition": orders(one)} for one in least]
    return [*first, {"key": "rest", "name": "rest", "condition": None}]


def test_an_edit_says_who_would_enter_and_leave(people: list[int]) -> None:
    actions.create_segment(by=None, key="two", name="two", condition={**orders(2), "op": "le"})
    actions.build(clock.now())
    found = preview.of_segment("two", orders(2), clock.now())
    assert (found.count, found.entering_sample, found.leaving_sample) == (2, [people[2]], [people[0]])


def test_an_edit_does_what_was_said(people: list[int]) -> None:
    segment = actions.create_segment(by=None, key="two", name="two", condition=orders(3))
    actions.build(clock.now())
    said = preview.of_segment("two", orders(2), clock.now())
    actions.edit_segment(by=None, segment=segment, condition=orders(2))
    actions.build(clock.now())
    assert SegmentMembership.objects.count() == said.count == 1 + said.entering


def test_entrants_are_told_by_class(people: list[int]) -> None:
    actions.create_segment(by=None, key="three", name="three", condition=orders(3))
    actions.create_scheme(by=None, key="plan", name="plan", classes=plan(2))
    found = preview.of_segment("three", {**orders(1), "op": "le", "value": 2}, clock.now())
    assert found.by_class == {"plan": {"c2": (1, 1), "rest": (1, 0)}}


def test_a_new_segment_has_only_entrants(people: list[int]) -> None:
    found = preview.of_segment("new", orders(2), clock.now())
    assert (found.entering, found.leaving) == (2, 0)


def test_an_edit_that_would_refer_to_itself_is_refused(people: list[int]) -> None:
    actions.create_segment(by=None, key="two", name="two", condition=orders(2))
    with pytest.raises(ConditionError, match="绕回到自己"):
        preview.of_segment("two", {"kind": "segment", "segment": "two"}, clock.now())


def test_an_edit_of_a_scheme_says_who_would_move_where(people: list[int]) -> None:
    actions.create_scheme(by=None, key="plan", name="plan", classes=plan(2))
    found = preview.of_scheme("plan", plan(3, 1), clock.now())
    assert found.matrix == {("rest", "c1"): 1, ("c2", "c1"): 1, ("c2", "c3"): 1}
    assert found.samples["c2", "c3"] == [people[2]]
    assert found.sizes == {"c3": 1, "c1": 2, "rest": 0}


def test_those_who_stay_are_counted_too(people: list[int]) -> None:
    scheme = actions.create_scheme(by=None, key="plan", name="plan", classes=plan(2))
    said = preview.of_scheme("plan", plan(2), clock.now())
    actions.build(clock.now())
    assert said.matrix == {("c2", "c2"): 2, ("rest", "rest"): 1}
    assert said.samples == {}
    assert Classification.objects.filter(scheme=scheme, scheme_class__key="c2").count() == said.sizes["c2"]


def test_a_condition_is_counted_as_of_earlier_days(people: list[int]) -> None:
    buyer("old", 45)
    counts = preview.over_time(orders(1), clock.now(), days=60, points=5)
    assert [count for _, count in counts] == [0, 1, 1, 0, 3]
    assert counts[-1][0] == clock.day_of(clock.now())


def test_what_was_known_on_each_day_counts(people: list[int]) -> None:
    for days, region in ((40, "浙江"), (10, "上海")):
        at = clock.now() - timedelta(days=days)
        changes = {"changes": {"region": region}}
        record([NewFact("attributes_changed", at, "test", region, changes, identity="user:old")])
        record([NewFact("page_viewed", clock.now() - timedelta(days=50), "test", f"p{days}", {}, identity="user:old")])
    while run_once():
        pass
    tree = {"kind": "attribute", "name": "region", "op": "eq", "value": "浙江"}
    assert [count for _, count in preview.over_time(tree, clock.now(), days=60, points=5)] == [0, 0, 1, 1, 0]
    elsewhere = {"kind": "not", "of": tree}
    assert [count for _, count in preview.over_time(elsewhere, clock.now(), days=60, points=5)] == [0, 1, 0, 0, 4]


def test_the_days_are_evenly_spread() -> None:
    days = [day for day, _ in preview.over_time(orders(1), datetime.fromisoformat("2026-11-22T10:00:00+08:00"))]
    assert len(days) == 13
    assert {(late - early).days for early, late in pairwise(days)} <= {7, 8}
