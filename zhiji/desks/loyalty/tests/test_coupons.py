"""Coupons: issued once, redeemed once, by their own customer, while good."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from zhiji.access.models import User
from zhiji.access.roles import Forbidden
from zhiji.desks.loyalty import actions, queries
from zhiji.desks.loyalty.actions import Issuing, NewCoupon, OfferRefused, issue_coupons
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.act.actions import create_rule, switch_on
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import RuleEntry, StepRun
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.models import Accepted, Fact
from zhiji.kernel.pipeline import run_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def customer(owner: User | None = None) -> int:
    row = Customer.objects.create(root_id=0)
    Customer.objects.filter(pk=row.pk).update(root_id=row.pk)
    Portrait.objects.create(customer_id=row.pk, owner=owner, name="王芳")
    return row.pk


@pytest.fixture
def offer(db: None) -> CouponOffer:
    return actions.create_offer(by=None, name="十元券", value=Decimal(10), valid_days=30, key="ten")


def issued(offer: CouponOffer, one: int) -> Coupon:
    return issue_coupons(offer, [NewCoupon(one, uuid4().hex)], by=None, as_of=NOON).coupons[0]


def pays(one: int, code: str, at: datetime = NOON + DAY, order: str = "A1") -> None:
    record([NewFact("order_paid", at, "t", uuid4().hex, {"coupon": code, "order_id": order}, customer_id=one)])
    run_once(as_of=at)


def redeemed() -> int:
    run_once(as_of=NOON + 2 * DAY)
    return Fact.objects.filter(name="coupon_redeemed").count()


class TestIssuing:
    def test_the_same_key_twice_is_one_coupon(self, offer: CouponOffer) -> None:
        new = NewCoupon(customer(), "entry:1:0")
        assert len(issue_coupons(offer, [new, new], by=None, as_of=NOON).coupons) == 1
        assert issue_coupons(offer, [new], by=None, as_of=NOON) == Issuing([], {})

    def test_lasts_to_the_end_of_the_last_day_in_the_workspaces_zone(self, offer: CouponOffer) -> None:
        assert issued(offer, customer()).expires_at == datetime(2026, 5, 31, 15, 59, 59, 999999, tzinfo=UTC)

    def test_by_a_rule_is_once_per_entry_and_leaves_a_fact_with_the_chain(self, offer: CouponOffer) -> None:
        steps = [{"kind": "issue_coupon", "offer": "ten"}]
        rule = create_rule(by=None, name="r", trigger={"kind": "fact", "fact": "x"}, steps=steps, holdout=0)
        switch_on(rule, by=None, as_of=NOON)
        enter(rule, [Candidate(customer(), "x", NOON)], NOON)
        round_once(as_of=NOON)
        RuleEntry.objects.update(state="running", next_step=0)
        StepRun.objects.all().delete()
        round_once(as_of=NOON)
        assert Coupon.objects.count() == 1 and StepRun.objects.get().state == "skipped"
        assert Accepted.objects.get(name="coupon_issued").properties["_rules"] == [rule.key]

    def test_of_a_closed_offer_is_refused(self, offer: CouponOffer) -> None:
        closed = actions.close_offer(offer, by=None)
        with pytest.raises(OfferRefused):
            issued(closed, customer())

    def test_by_hand_reaches_only_customers_one_sees(self, offer: CouponOffer, bob: User, mark: User) -> None:
        with pytest.raises(Forbidden):
            actions.give_coupon(offer, by=bob, customer_id=customer(bob))
        assert actions.give_coupon(offer, by=mark, customer_id=customer()).code
        assert Coupon.objects.count() == 1

    def test_an_offer_keeps_its_value_once_coupons_are_out(self, offer: CouponOffer) -> None:
        issued(offer, customer())
        with pytest.raises(OfferRefused):
            actions.edit_offer(offer, by=None, name="x", value=Decimal(20), minimum=Decimal(0), valid_days=30)


class TestRedeeming:
    def test_an_order_with_the_code_redeems_it_once(self, offer: CouponOffer) -> None:
        one = customer()
        coupon = issued(offer, one)
        pays(one, coupon.code.lower(), order="A1")
        pays(one, coupon.code, at=NOON + 2 * DAY, order="A2")
        coupon.refresh_from_db()
        assert (coupon.redeemed_order, coupon.redeemed_at, redeemed()) == ("A1", NOON + DAY, 1)

    def test_by_somebody_else_does_not(self, offer: CouponOffer) -> None:
        coupon = issued(offer, customer())
        pays(customer(), coupon.code)
        coupon.refresh_from_db()
        assert coupon.redeemed_at is None and redeemed() == 0

    def test_after_its_last_day_does_not(self, offer: CouponOffer) -> None:
        one = customer()
        coupon = issued(offer, one)
        pays(one, coupon.code, at=NOON + 31 * DAY)
        coupon.refresh_from_db()
        assert coupon.redeemed_at is None and queries.state_of(coupon, NOON + 31 * DAY) == "expired"

    def test_by_the_same_person_under_another_identity_does(self, offer: CouponOffer) -> None:
        loser, winner = customer(), customer()
        coupon = issued(offer, loser)
        Customer.objects.filter(pk=loser).update(root_id=winner)
        pays(winner, coupon.code)
        coupon.refresh_from_db()
        assert coupon.redeemed_at is not None


class TestPages:
    def test_the_ledger_shows_sales_their_own_customers_only(
        self, offer: CouponOffer, bob: User, mona: User, signed_in: Callable[[User], Client]
    ) -> None:
        his, others = issued(offer, customer(bob)), issued(offer, customer())
        told = signed_in(bob).get("/coupons/").content.decode()
        assert his.code in told and others.code not in told
        assert others.code in signed_in(mona).get(f"/coupons/?q={others.code}").content.decode()

    def test_a_code_is_found_from_anywhere_by_who_sees_its_customer(
        self, offer: CouponOffer, bob: User, mona: User, signed_in: Callable[[User], Client]
    ) -> None:
        code = issued(offer, customer()).code
        found = signed_in(mona).get("/palette/", {"q": code.lower()}).content.decode()
        assert f"/coupons/?q={code}" in found
        assert [one.code for one in signed_in(mona).get(f"/coupons/?q={code}").context["page"].rows] == [code]
        assert code not in signed_in(bob).get("/palette/", {"q": code}).content.decode().replace(f'value="{code}"', "")

    def test_a_marketer_makes_an_offer_and_a_salesperson_may_not(
        self, mark: User, bob: User, signed_in: Callable[[User], Client]
    ) -> None:
        form = {"name": "满减", "value": "5", "minimum": "30", "valid_days": "7"}
        assert signed_in(bob).post("/coupons/offers/new/", form).status_code == 403
        assert not CouponOffer.objects.exists()
        assert signed_in(mark).post("/coupons/offers/new/", form).status_code == 302
        assert CouponOffer.objects.get().minimum == 30

    def test_a_value_of_nothing_is_refused_and_kept_on_the_form(
        self, mark: User, signed_in: Callable[[User], Client]
    ) -> None:
        form = {"name": "白送", "value": "0", "minimum": "0", "valid_days": "7"}
        answer = signed_in(mark).post("/coupons/offers/new/", form)
        assert answer.status_code == 422 and "白送" in answer.content.decode()

    def test_filters_tell_the_states_apart(self, offer: CouponOffer, mona: User) -> None:
        used, one = customer(), customer()
        coupon, fresh = issued(offer, used), issued(offer, one)
        pays(used, coupon.code)
        now = clock.now() if clock.now() < fresh.expires_at else NOON
        assert list(queries.coupons(mona, as_of=now, state="redeemed")) == [coupon]
        assert list(queries.coupons(mona, as_of=now, state="open")) == [fresh]
        assert list(queries.coupons(mona, as_of=NOON + 60 * DAY, state="expired")) == [fresh]
