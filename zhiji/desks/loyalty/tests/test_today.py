"""Coupons that run out within three days stand on the home page, as many as the list shows behind them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from zhiji.access.models import Role, User
from zhiji.desks.loyalty import actions
from zhiji.desks.loyalty.models import Coupon
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock

pytestmark = pytest.mark.django_db


def test_coupons_that_run_out_by_the_day_after_tomorrow_are_told_until_they_are_used() -> None:
    offer = actions.create_offer(by=None, name="券", value=Decimal(5), minimum=Decimal(0), valid_days=9)
    now = clock.now()
    new = [actions.NewCoupon(customer(f"user:{days}").pk, str(days)) for days in range(-1, 4)]
    for days, coupon in enumerate(actions.issue_coupons(offer, new, by=None, as_of=now).coupons, start=-1):
        Coupon.objects.filter(pk=coupon.pk).update(expires_at=actions.last_moment(now, days))
    client = Client()
    client.force_login(User.objects.create_user("mona", role=Role.MANAGER))

    def told() -> tuple[str, list[Coupon]]:
        (one,) = client.get("/").context["today"]
        return one["count"], client.get(one["url"]).context["page"].rows

    count, rows = told()
    assert count == "3" and {clock.day_of(row.expires_at) for row in rows} == {
        clock.day_of(now) + timedelta(days=days) for days in range(3)
    }
    Coupon.objects.filter(pk=rows[0].pk).update(redeemed_at=now)
    assert told()[0] == "2" and len(told()[1]) == 2
