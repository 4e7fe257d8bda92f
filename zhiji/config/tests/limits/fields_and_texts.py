"""The limits of custom fields, of text messages, and of how long a coupon is good."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from zhiji.access.models import Role, User
from zhiji.config.tests.limits.limit import Limit, Try
from zhiji.desks.loyalty.actions import NewCoupon, create_offer, extend_coupons, issue_coupons
from zhiji.desks.loyalty.models import Coupon
from zhiji.flow.deliver.channels.sms.wording import check_value, fill
from zhiji.flow.deliver.wording import Wording
from zhiji.flow.profile.tests.acts import customer
from zhiji.kernel import clock
from zhiji.records.actions import create_field
from zhiji.records.models import CustomField

_numbers = count()


def field(**given: Any) -> Try:
    return lambda: create_field(by=None, label=f"字段{next(_numbers)}", **given)


def fields(most: int) -> Try:
    def make() -> int:
        CustomField.objects.all().delete()
        return len([field(type="text")() for _ in range(most)])

    return make


def choices(many: int = 1, long: int = 1) -> Try:
    return field(type="choice", choices=[(f"{at}" * long, "") for at in range(many)])


def text(length: int) -> Try:
    return lambda: fill(Wording("", "", "字" * length, {}, {"sign": "店铺", "code": "SMS_1"}), {})


def value(length: int) -> Try:
    return lambda: check_value("name", "字" * length) or "taken"


def extended(year: int) -> Try:
    """A coupon that is good into that year is given a day more."""

    def more() -> int:
        by = User.objects.create_user(f"mark{next(_numbers)}", role=Role.MARKETER)
        offer = create_offer(by=None, name="券", value=Decimal(5), minimum=Decimal(0), valid_days=9)
        new = [NewCoupon(customer(f"user:{next(_numbers)}").pk, f"{next(_numbers)}")]
        (coupon,) = issue_coupons(offer, new, by=None, as_of=clock.now()).coupons
        Coupon.objects.filter(pk=coupon.pk).update(expires_at=datetime(year, 6, 1, tzinfo=UTC))
        return len(extend_coupons([coupon], days=1, by=by))

    return more


REACHED = {
    "desks/loyalty/actions.py:LAST_YEAR": Limit(2120, extended(2120), "最多到 2120 年", extended(2119)),
    "records/actions/fields.py:MOST": Limit(2, fields(3), "最多 2 个字段", fields(2)),
    "records/actions/fields.py:MOST_CHOICES": Limit(2, choices(3), "最多 2 个可选的值", choices(2)),
    "records/actions/fields.py:LONGEST_CHOICE": Limit(3, choices(long=4), "最多 3 个字", choices(long=3)),
    "flow/deliver/channels/sms/wording.py:LONGEST": Limit(10, text(7), "超过 10 字", text(6)),
    "flow/deliver/channels/sms/wording.py:LONGEST_VALUE": Limit(3, value(4), "超过 3 个字", value(3)),
}
"""The sign and its brackets are four of a text's units."""
