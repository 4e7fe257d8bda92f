"""What is made of facts: first and last values, other measures, windows of every form, filters in groups."""

from typing import Any

import pytest

from zhiji.flow.segment.conditions import ConditionError, parse
from zhiji.flow.segment.tests.asked import person, who

pytestmark = pytest.mark.django_db
SPENT = {"kind": "behaviour", "fact": "order_paid", "measure": "sum", "property": "amount"}


def ordered(**more: Any) -> dict[str, Any]:
    return {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1, **more}


def test_the_last_value_is_that_of_the_latest_fact_that_has_one() -> None:
    person("fresh", ("order_paid", "2026-05-01T01:00", {"category": "酒水"}),
           ("order_paid", "2026-05-02T01:00", {"category": "生鲜"}), ("order_paid", "2026-05-03T01:00"))  # fmt: skip
    person("wine", ("order_paid", "2026-05-02T01:00", {"category": "酒水"}))
    person("nothing")
    last = {"kind": "behaviour", "fact": "order_paid", "measure": "last", "property": "category"}
    assert who({**last, "op": "eq", "value": "生鲜"}) == {"fresh"}
    assert who({**last, "op": "ne", "value": "生鲜"}) == {"wine"}
    assert who({**last, "op": "empty"}) == {"nothing"}


def test_this_month_against_the_average_of_the_months_before() -> None:
    before = [("order_paid", f"2026-{month:02}-10T01:00", {"amount": 100}) for month in (3, 4)]
    person("less", *before, ("order_paid", "2026-05-02T01:00", {"amount": 49.99}))
    person("half", *before, ("order_paid", "2026-05-02T01:00", {"amount": 50}))
    past = {**SPENT, "window": {"previous": 2, "unit": "months"}, "times": 0.5, "per": 2}
    del past["kind"]
    assert who({**SPENT, "window": {"this": "month"}, "op": "lt", "value": past}) == {"less"}


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        ({"this": "day"}, {"today"}),
        ({"this": "week"}, {"today", "monday"}),
        ({"previous": 1, "unit": "weeks"}, {"sunday"}),
        ({"since": "2026-05-17", "until": "2026-05-18"}, {"sunday", "monday"}),
        ({"last": 1, "unit": "days", "ending": 2}, {"sunday", "monday"}),
        ({"until": "2026-05-17"}, {"sunday"}),
    ],
)
def test_windows_of_the_calendar_begin_at_the_workspaces_midnight(window: Any, inside: set[str]) -> None:
    person("sunday", ("order_paid", "2026-05-17T15:59:59.999999"))
    person("monday", ("order_paid", "2026-05-17T16:00"))
    person("today", ("order_paid", "2026-05-19T16:00"))
    assert who(ordered(window=window)) == inside


def test_a_window_can_hang_on_another_fact() -> None:
    person("soon", ("coupon_issued", "2026-05-01T01:00"), ("order_paid", "2026-05-01T02:00"))
    person("later", ("coupon_issued", "2026-05-01T01:00"), ("order_paid", "2026-05-01T02:01"))
    person("before", ("order_paid", "2026-05-01T00:30"), ("coupon_issued", "2026-05-01T01:00"))
    person("without", ("order_paid", "2026-05-01T02:00"))
    span = {"last": 1, "unit": "hours"}
    assert who(ordered(window={"after": {"fact": "coupon_issued"}, "within": span})) == {"soon"}
    assert who(ordered(window={"before": {"fact": "coupon_issued"}, "within": span})) == {"before"}


def test_filters_in_groups_and_over_lists() -> None:
    person("both", ("order_paid", "2026-05-01T01:00", {"categories": ["生鲜", "酒水"], "amount": 5}))
    person("one", ("order_paid", "2026-05-01T01:00", {"categories": ["生鲜"], "amount": 50}))
    person("neither", ("order_paid", "2026-05-01T01:00", {"categories": [], "amount": 5}))
    lists = {"property": "categories", "value": ["生鲜", "酒水"]}
    assert who(ordered(where=[{**lists, "op": "has_all"}])) == {"both"}
    assert who(ordered(where=[{**lists, "op": "has_any"}])) == {"both", "one"}
    dear = {"property": "amount", "op": "gt", "value": 10}
    assert who(ordered(where=[{"any": [{**lists, "op": "has_all"}, dear]}])) == {"both", "one"}
    assert who(ordered(where=[{"not": {"any": [{**lists, "op": "has_any"}, dear]}}])) == {"neither"}


def test_refunds_are_taken_off_on_their_own_day() -> None:
    paid = ("order_paid", "2026-05-01T01:00", {"amount": 100})
    person("kept", paid)
    person("partly", paid, ("order_refunded", "2026-05-10T01:00", {"amount": 30}))
    person("later", paid, ("order_refunded", "2026-06-10T01:00", {"amount": 100}))
    person("long ago", ("order_paid", "2026-01-01T01:00", {"amount": 100}),
           ("order_refunded", "2026-05-10T01:00", {"amount": 100}))  # fmt: skip
    net = {**SPENT, "less": "order_refunded", "op": "ge"}
    assert who({**net, "window": {"last": 30, "unit": "days"}, "value": 100}) == {"kept", "later"}
    assert who({**net, "window": {"last": 30, "unit": "days"}, "op": "lt", "value": 0}) == {"long ago"}
    assert who({**net, "value": 70}) == {"kept", "partly", "later"}


@pytest.mark.parametrize("wrong", [{"measure": "average"}, {"where": [{"property": "amount", "op": "gt", "value": 1}]}])
def test_only_from_a_sum_without_filters_something_is_taken_off(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConditionError, match="扣除"):
        parse({**SPENT, "less": "order_refunded", "op": "ge", "value": 1, **wrong}).check("$")


@pytest.mark.parametrize(
    ("amounts", "average"),
    [
        ((1, 1, 0), 0.6667), ((1, 0, 0), 0.3333), ((-1, -1, 0), -0.6667), ((0.0001, 0), 0.0001),
        ((-0.0001, 0), -0.0001), ((0.0001, 0, 0), 0), ((19.99, 20, 20.01), 20),
        ((4 * 10**11, 4 * 10**11 + 0.0001), 4 * 10**11 + 0.0001),
    ],
)  # fmt: skip
def test_an_average_has_four_decimals_and_halves_go_away_from_zero(amounts: tuple[float, ...], average: float) -> None:
    facts = [("order_paid", f"2026-05-0{day}T01:00", {"amount": one}) for day, one in enumerate(amounts, 1)]
    person("one", *facts)
    mean = {**SPENT, "measure": "average"}
    assert who({**mean, "op": "eq", "value": average}) == {"one"}
    for op in ("gt", "lt", "ne"):
        assert who({**mean, "op": op, "value": average}) == set()
