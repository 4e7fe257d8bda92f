"""Who meets at the locks of coupons."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from zhiji.access.models import AuditLine, Role, User
from zhiji.config.tests.races.racing import Race
from zhiji.desks.loyalty import actions
from zhiji.desks.loyalty.models import Coupon, CouponOffer
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock

VALUES: dict[str, Any] = {"name": "券", "minimum": Decimal(0), "valid_days": 30}


def _offer() -> CouponOffer:
    return actions.create_offer(by=None, value=Decimal(10), key="ten", **VALUES)


def one_coupon_is_asked_for_twice() -> Race:
    """Such as by a worker that was taken for dead and the one in its place."""
    offer, who = _offer(), customer("user:1").pk

    def once() -> actions.Issuing:
        return actions.issue_coupons(offer, [actions.NewCoupon(who, "entry 1")], by=None, as_of=clock.now())

    def then(first: Any, second: Any) -> None:
        assert len(first.coupons) == 1 and second.coupons == []
        assert Coupon.objects.count() == 1

    return Race(once, once, then)


def two_change_an_offer() -> Race:
    """The audit line of the second tells what the first wrote."""
    offer = _offer()

    def then(_: Any, second: Any) -> None:
        assert not isinstance(second, BaseException), second
        assert AuditLine.objects.order_by("-id")[0].detail["before"]["value"] == "11.00"

    return Race(
        lambda: actions.edit_offer(offer, by=None, value=Decimal(11), **VALUES),
        lambda: actions.edit_offer(offer, by=None, value=Decimal(12), **VALUES),
        then,
    )


def an_offer_is_closed_while_one_is_given() -> Race:
    """Closing waits for those under way; whoever comes after it gets none."""
    offer, who = _offer(), customer("user:1").pk

    def give() -> actions.Issuing:
        return actions.issue_coupons(offer, [actions.NewCoupon(who, "1")], by=None, as_of=clock.now())

    def then(first: Any, second: Any) -> None:
        assert len(first.coupons) == 1 and second.closed_at is not None
        try:
            actions.issue_coupons(offer, [actions.NewCoupon(who, "2")], by=None, as_of=clock.now())
        except actions.OfferRefused:
            return
        raise AssertionError("a coupon was issued by who had read the offer before it was closed")

    return Race(give, lambda: actions.close_offer(offer, by=None), then)


def two_give_a_coupon_more_time() -> Race:
    """Both are given: the second counts from where the first ends."""
    by = User.objects.create_user("mona", role=Role.MANAGER)
    new = [actions.NewCoupon(customer("user:1").pk, "1")]
    (coupon,) = actions.issue_coupons(_offer(), new, by=None, as_of=clock.now()).coupons
    before = coupon.expires_at

    def more() -> list[Coupon]:
        return actions.extend_coupons([coupon], days=7, by=by)

    def then(_first: Any, _second: Any) -> None:
        assert Coupon.objects.get().expires_at == before + timedelta(days=14)

    return Race(more, more, then)


RACES = {
    "zhiji/desks/loyalty/actions.py:_unused": two_give_a_coupon_more_time,
    "zhiji/desks/loyalty/actions.py:issue_coupons": one_coupon_is_asked_for_twice,
    "zhiji/desks/loyalty/actions.py:edit_offer": two_change_an_offer,
    "zhiji/desks/loyalty/actions.py:close_offer": an_offer_is_closed_while_one_is_given,
}
