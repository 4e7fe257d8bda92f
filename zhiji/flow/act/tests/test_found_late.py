"""Each rule says whether it still acts on what is found long after it was due: after downtime, or told late."""

from datetime import timedelta

import pytest

from zhiji.flow.act.tests.cast import NOON, customer, entered, fact, live_rule, tick

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAID = {"kind": "fact", "fact": "order_paid"}
SILENT = {"kind": "absence", "after": "customer_registered", "days": 7, "without": "order_paid"}


@pytest.mark.parametrize(("grace_hours", "comes"), [(None, True), (26, True), (24, False)])
def test_a_fact_that_waited_while_we_were_down(grace_hours: int | None, comes: bool) -> None:
    one = customer()
    rule = live_rule(PAID, on=NOON - 9 * DAY, grace_hours=grace_hours)
    fact(one, "order_paid", NOON - 25 * HOUR)
    tick()
    assert entered(rule) == ([one] if comes else [])


@pytest.mark.parametrize(("grace_hours", "comes"), [(None, True), (48, True), (12, False)])
def test_a_wait_that_ended_while_we_were_down(grace_hours: int | None, comes: bool) -> None:
    one = customer()
    rule = live_rule(SILENT, on=NOON - 9 * DAY, grace_hours=grace_hours)
    fact(one, "customer_registered", NOON - 8 * DAY)
    tick(NOON - 8 * DAY)
    tick(NOON)
    assert entered(rule) == ([one] if comes else [])
