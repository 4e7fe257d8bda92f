"""A rule's effect counts both arms alike, follows merges, and looks only through the goal's window."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from zhiji.flow.act.models import Rule, RuleEntry
from zhiji.flow.measure.effect import customers_of, effect_of
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.models import Fact

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 3, tzinfo=UTC)
AUTUMN = MAY + timedelta(days=120)
_numbers = count(1)


def customer(root: Customer | None = None) -> Customer:
    one = Customer.objects.create(root_id=root.pk if root else 0)
    if root is None:
        one.root_id = one.pk
        one.save()
    return one


def buys(who: Customer, days: float, amount: str = "10.00") -> None:
    Fact.objects.create(
        message_key=UUID(int=next(_numbers)),
        name="order_paid",
        customer_id=who.pk,
        occurred_at=MAY + timedelta(days=days),
        received_at=MAY + timedelta(days=days),
        properties={"amount": amount},
    )


def enters(rule: Rule, who: Customer, state: str = "done") -> None:
    RuleEntry.objects.create(rule=rule, version=1, customer=who, occasion="once", entered_at=MAY, state=state)


@pytest.fixture
def rule() -> Rule:
    goal = {"fact": "order_paid", "days": 14}
    return Rule.objects.create(key="thanks", name="感谢", trigger={}, steps=[], goal=goal)


def test_only_purchases_after_the_entry_and_within_the_goals_days_count(rule: Rule) -> None:
    early, timely, late = customer(), customer(), customer()
    buys(early, -1)
    buys(timely, 13.9, "30.50")
    buys(late, 14.1)
    for who in (early, timely, late):
        enters(rule, who)
    treated = effect_of(rule, AUTUMN).treated
    assert (treated.entries, treated.reached, treated.amount) == (3, 1, 30.5)


def test_a_purchase_recorded_for_a_merged_customer_counts_for_the_one_who_stays(rule: Rule) -> None:
    winner = customer()
    buys(customer(root=winner), 2)
    enters(rule, winner)
    assert effect_of(rule, AUTUMN).treated.reached == 1


def test_the_held_out_are_counted_apart_and_listed_by_what_they_did(rule: Rule) -> None:
    bought, idle = customer(), customer()
    buys(bought, 1)
    enters(rule, bought, "held_out")
    enters(rule, idle, "held_out")
    effect = effect_of(rule, AUTUMN)
    assert (effect.held_out.entries, effect.held_out.reached, effect.treated.entries) == (2, 1, 0)
    assert customers_of(rule, "held_out", True, AUTUMN) == [bought.pk]
    assert customers_of(rule, "held_out", False, AUTUMN) == [idle.pk]
    assert customers_of(rule, "treated", None, AUTUMN) == []


def test_as_of_an_earlier_day_later_purchases_are_unknown(rule: Rule) -> None:
    who = customer()
    buys(who, 5)
    enters(rule, who)
    assert effect_of(rule, MAY + timedelta(days=4)).treated.reached == 0
