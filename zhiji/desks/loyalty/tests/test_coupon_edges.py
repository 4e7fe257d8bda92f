"""Coupons at their edges: what an offer must say, what each deed leaves, to whom and until when a code is good."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from zhiji.access.models import AuditLine, User
from zhiji.access.roles import Forbidden
from zhiji.desks.loyalty import actions
from zhiji.desks.loyalty.actions import ALPHABET, NewCoupon, OfferRefused, issue_coupons
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.desks.loyalty.tests.test_coupons import DAY, NOON, customer, issued, offer, pays, redeemed
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted, Fact
from zhiji.kernel.pipeline import run_once

__all__ = ["offer"]
pytestmark = pytest.mark.django_db
GOOD = {"name": "券", "value": Decimal("0.01"), "minimum": Decimal(0), "valid_days": 1}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"value": Decimal(0)}, "value"),
        ({"minimum": Decimal("-0.01")}, "minimum"),
        ({"valid_days": 0}, "valid_days"),
        ({"valid_days": 3651}, "valid_days"),
        ({"key": "new"}, "key"),
        ({"key": "Ten Off"}, "key"),
        ({"key": "ten"}, "key"),
    ],
)
def test_an_offer_says_which_value_will_not_do(offer: CouponOffer, more: dict[str, Any], field: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        actions.create_offer(by=None, **{**GOOD, **more})
    assert refused.value.field == field and str(refused.value)
    if "key" not in more:
        with pytest.raises(OfferRefused):
            actions.edit_offer(offer, by=None, **{**GOOD, **more})
    assert CouponOffer.objects.get().name == "十元券"


@pytest.mark.parametrize("days", [1, 3650])
def test_the_least_of_an_offer_is_taken_and_written_down(db: None, days: int) -> None:
    made = actions.create_offer(by=None, **{**GOOD, "name": " 券 ", "valid_days": days})
    assert (made.name, made.value, made.valid_days) == ("券", Decimal("0.01"), days)
    assert AuditLine.objects.get().detail == {"name": "券", "value": "0.01", "minimum": "0.00"}


def test_without_days_an_offer_is_good_for_thirty_and_without_a_minimum_from_nothing_on(db: None) -> None:
    made = actions.create_offer(by=None, name="x", value=Decimal(1))
    assert (made.valid_days, made.minimum) == (30, 0)


def test_keys_come_from_names_and_none_twice(db: None) -> None:
    long = "生日礼金" * 10
    keys = [
        actions.create_offer(by=None, name=name, value=Decimal(1)).key
        for name in ("新客", "新客", "新客", "!", "new", long)
    ]
    assert keys[:5] == ["xin-ke", "xin-ke-2", "xin-ke-3", "coupon", "new-2"]
    assert len(keys[5]) <= 40 and keys[5].startswith("sheng-ri-li-jin-") and not keys[5].endswith("-")


def test_all_but_the_value_of_an_offer_changes_while_coupons_are_out(offer: CouponOffer) -> None:
    issued(offer, customer())
    changed = actions.edit_offer(offer, by=None, name=" 新名 ", value=Decimal(10), minimum=Decimal(5), valid_days=9)
    changed.refresh_from_db()
    assert (changed.name, changed.minimum, changed.valid_days) == ("新名", 5, 9)
    told = AuditLine.objects.get(verb="coupon offer edited").detail
    assert told["before"] == {"name": "十元券", "value": "10.00", "minimum": "0.00", "days": 30}
    assert Coupon.objects.get().expires_at == actions.last_moment(NOON, 30), "what was given keeps its last day"


def test_a_value_changes_as_long_as_no_coupon_of_this_offer_is_out(offer: CouponOffer) -> None:
    issued(actions.create_offer(by=None, **GOOD), customer())
    assert actions.edit_offer(offer, by=None, **{**GOOD, "value": Decimal(20)}).value == 20


def test_an_offer_is_closed_and_opened_again(offer: CouponOffer) -> None:
    before = clock.now()
    closed = actions.close_offer(offer, by=None)
    assert closed.closed_at is not None and closed.closed_at >= before
    opened = actions.close_offer(offer, by=None, closed=False)
    opened.refresh_from_db()
    assert opened.closed_at is None and issued(opened, customer())
    verbs = [line.verb for line in AuditLine.objects.order_by("id")]
    assert verbs == ["coupon offer created", "coupon offer closed", "coupon offer reopened"]


def test_who_only_reads_issues_none(offer: CouponOffer, bob: User) -> None:
    with pytest.raises(Forbidden):
        issue_coupons(offer, [NewCoupon(customer(bob), "k")], by=bob, as_of=NOON)
    assert not Coupon.objects.exists()


def test_of_many_only_those_are_issued_whose_key_is_new_each_with_a_code_and_a_fact(
    offer: CouponOffer, mark: User
) -> None:
    one = customer()
    issue_coupons(offer, [NewCoupon(one, "a")], by=None, as_of=NOON)
    assert not AuditLine.objects.filter(verb="coupon issued").exists(), "the house's deeds stand in its rule's log"
    new = [NewCoupon(one, key, caused={"_rules": ["r"]}) for key in "abc"]
    made = issue_coupons(offer, new, by=mark, as_of=NOON + DAY).coupons
    assert sorted(coupon.issue_key for coupon in made) == ["b", "c"]
    assert {coupon.issued_at for coupon in made} == {NOON + DAY}
    codes = set(Coupon.objects.values_list("code", flat=True))
    assert len(codes) == 3 and all(re.fullmatch(f"[{ALPHABET}]{{12}}", code) for code in codes)
    told = [line.detail for line in AuditLine.objects.filter(verb="coupon issued", user=mark)]
    assert told == [{"offer": "ten", "customer": one}] * 2
    fact = Accepted.objects.order_by("-id")[0]
    assert (fact.customer_id, fact.occurred_at) == (one, NOON + DAY)
    assert fact.properties == {
        "coupon": made[1].code, "offer": "ten", "value": 10, "expires_at": made[1].expires_at.isoformat(),
        "_rules": ["r"],
    }  # fmt: skip


def test_a_code_is_good_to_its_last_microsecond_and_no_longer(offer: CouponOffer) -> None:
    one = customer()
    last = issued(offer, one).expires_at
    for coupon, at, used in (
        (issued(offer, one), last, True),
        (issued(offer, one), last + timedelta.resolution, False),
    ):
        pays(one, coupon.code, at=at)
        coupon.refresh_from_db()
        assert (coupon.redeemed_at == at) is used


def test_of_orders_that_come_together_the_earliest_has_used_the_code(offer: CouponOffer) -> None:
    one = customer()
    coupon, other = issued(offer, one), issued(offer, one)
    told = [
        ("B", NOON + 2 * DAY, coupon.code),
        ("A", NOON + DAY, coupon.code.lower()),
        ("C", NOON, other.code),
        ("D", NOON, ""),
    ]
    record(
        NewFact("order_paid", at, "t", order, {"coupon": code, "order_id": order}, customer_id=one)
        for order, at, code in told
    )
    run_once(as_of=NOON)
    assert redeemed() == 2
    kept = dict(Coupon.objects.values_list("redeemed_order", "redeemed_at"))
    assert kept == {"A": NOON + DAY, "C": NOON}
    fact = Fact.objects.get(name="coupon_redeemed", properties__order_id="A")
    assert (fact.customer_id, fact.occurred_at) == (one, NOON + DAY)
    assert fact.properties == {"coupon": coupon.code, "offer": "ten", "value": 10, "order_id": "A"}


def test_only_an_order_that_is_paid_uses_a_code(offer: CouponOffer) -> None:
    one = customer()
    coupon = issued(offer, one)
    record([NewFact("coupon_applied", NOON, "t", "1", {"coupon": coupon.code}, customer_id=one)])
    assert redeemed() == 0
    pays(one, "NOSUCHCODE99")
    assert redeemed() == 0
    pays(one, coupon.code, order="A2")
    assert redeemed() == 1


def test_a_coupon_by_hand_is_for_whom_one_sees_and_its_fact_says_so(offer: CouponOffer, mark: User) -> None:
    one = customer()
    coupon = actions.give_coupon(offer, by=mark, customer_id=one)
    assert coupon.issue_key.startswith("hand:") and coupon.customer_id == one
    with pytest.raises(Forbidden):
        actions.give_coupon(offer, by=mark, customer_id=Customer.objects.order_by("-pk")[0].pk + 99)
