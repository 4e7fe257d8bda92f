"""What can run out of a coupon: so many in all, so many a person; whoever asks, by whatever door."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.test import Client

from zhiji.access.models import Role, User
from zhiji.access.tokens import create_token
from zhiji.desks.loyalty import actions
from zhiji.desks.loyalty.actions import NewCoupon, OfferRefused, issue_coupons
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.act.actions import create_rule, switch_on
from zhiji.flow.act.entering import enter
from zhiji.flow.act.models import StepRun
from zhiji.flow.act.stepping import round_once
from zhiji.flow.act.triggers import Candidate
from zhiji.flow.collect.tests.running import WebProcess
from zhiji.flow.profile.tests.acts import customer
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.claims.proof import differences
from zhiji.kernel.models import Limited

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


def offer(**limits: Any) -> CouponOffer:
    return actions.create_offer(by=None, name="十元券", value=Decimal(10), key="ten", **limits)


def issue(to: CouponOffer, who: int, key: str) -> str:
    """`issued`, or why not."""
    issuing = issue_coupons(to, [NewCoupon(who, key)], by=None, as_of=NOON)
    return next(iter(issuing.refused.values()), "issued" if issuing.coupons else "before")


@pytest.mark.django_db
class TestLimits:
    def test_the_last_one_is_issued_and_no_more(self) -> None:
        ten = offer(stock=2)
        given = [issue(ten, customer(f"user:{number}").pk, f"{number}") for number in range(3)]
        assert given == ["issued", "issued", "used_up"] and Coupon.objects.count() == 2
        assert issue(ten, customer("user:0").pk, "0") == "before", "asked again"

    def test_a_person_gets_as_many_as_one_may_under_whatever_identity(self) -> None:
        ten, one, other = offer(per_person=2), customer("user:1"), customer("user:2")
        assert [issue(ten, one.pk, key) for key in "abc"] == ["issued", "issued", "enough"]
        Customer.objects.filter(pk=other.pk).update(root_id=one.pk)
        assert issue(ten, other.pk, "d") == "enough"
        Customer.objects.filter(pk=other.pk).update(root_id=other.pk)
        assert issue(ten, other.pk, "d") == "issued"

    def test_a_limit_set_later_counts_what_was_issued_before(self) -> None:
        ten, who = offer(), customer("user:1").pk
        assert issue(ten, who, "a") == "issued"
        values = {"name": "十元券", "value": Decimal(10), "minimum": Decimal(0), "valid_days": 30}
        actions.edit_offer(ten, by=None, **values, stock=5, per_person=1)
        assert issue(ten, who, "b") == "enough"

    def test_by_hand_the_refusal_says_which_limit_it_was(self, mark: User) -> None:
        ten, one, other = offer(stock=2, per_person=1), customer("user:1").pk, customer("user:2").pk
        actions.give_coupon(ten, by=mark, customer_id=one)
        with pytest.raises(OfferRefused, match="每人上限"):
            actions.give_coupon(ten, by=mark, customer_id=one)
        actions.give_coupon(ten, by=mark, customer_id=other)
        with pytest.raises(OfferRefused, match="已经发完"):
            actions.give_coupon(ten, by=mark, customer_id=customer("user:3").pk)

    def test_a_rule_skips_those_for_whom_there_is_none(self) -> None:
        offer(stock=1)
        steps = [{"kind": "issue_coupon", "offer": "ten"}]
        rule = create_rule(by=None, name="r", trigger={"kind": "fact", "fact": "x"}, steps=steps, holdout=0)
        switch_on(rule, by=None, as_of=NOON)
        enter(rule, [Candidate(customer(f"user:{number}").pk, "x", NOON) for number in range(3)], NOON)
        round_once(as_of=NOON)
        assert sorted(StepRun.objects.values_list("state", flat=True)) == ["done", "skipped", "skipped"]
        skipped = StepRun.objects.filter(state="skipped").values_list("detail", flat=True)
        assert {one["reason"] for one in skipped} == {"这种券已经发完"}

    @pytest.mark.parametrize("limits", [{"stock": "0"}, {"per_person": "-1"}, {"stock": "10000000000"}])
    def test_a_limit_of_nothing_is_refused_on_the_form(
        self, limits: dict[str, str], mark: User, signed_in: Callable[[User], Client]
    ) -> None:
        form = {"name": "满减", "value": "5", "minimum": "30", "valid_days": "7"}
        answer = signed_in(mark).post("/coupons/offers/new/", {**form, **limits})
        assert answer.status_code == 422 and "1 到 1,000,000,000" in answer.content.decode()
        assert signed_in(mark).post("/coupons/offers/new/", {**form, "stock": "7"}).status_code == 302
        assert list(CouponOffer.objects.values_list("stock", "per_person")) == [(7, None)]
        assert "/ 7" in "".join(signed_in(mark).get("/coupons/offers/").content.decode().split("\n"))


@pytest.fixture
def served(transactional_db: None) -> Iterator[httpx.Client]:
    """The real server, called by a marketer's token."""
    mark = User.objects.create_user("mark", role=Role.MARKETER)
    token = create_token(by=mark, user=mark, name="till", scopes=["coupons:write"])
    with (
        WebProcess() as server,
        httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        ) as client,
    ):
        yield client


def test_a_crowd_at_the_till_gets_what_there_is_each_once(served: httpx.Client) -> None:
    """Thirty-two tills give forty coupons of which there are ten, to twenty people of whom each may have one."""
    offer(stock=10, per_person=1)
    people = [customer(f"user:{number}").pk for number in range(20)]

    def give(number: int) -> int:
        body = {"offer": "ten", "customer_id": people[number % 20]}
        return served.post("/api/coupons", json=body).status_code

    with ThreadPoolExecutor(32) as tills:
        answers = sorted(tills.map(give, range(40)))
    assert answers == [201] * 10 + [422] * 30
    assert len(set(Coupon.objects.values_list("customer_id", flat=True))) == Coupon.objects.count() == 10
    assert Limited.objects.get(thing=f"coupon:{CouponOffer.objects.get().pk}").taken == 10
    assert differences() == []
