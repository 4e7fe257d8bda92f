"""What rules can ask of loyalty: issue a coupon."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from zhiji.desks.loyalty.actions import NewCoupon, OfferRefused, issue_coupons
from zhiji.desks.loyalty.models import CouponOffer
from zhiji.flow.act.chain import carried
from zhiji.flow.act.models import RuleEntry
from zhiji.flow.act.step import Outcome, Parameter, Step
from zhiji.kernel import clock

LEFT_OUT = {
    "": gettext_noop("这一步已经发过券"),
    "used_up": gettext_noop("这种券已经发完"),
    "enough": gettext_noop("已达每人限领的张数"),
}


def run(entries: Sequence[RuleEntry], parameters: dict[str, Any], as_of: datetime) -> list[Outcome]:
    """One coupon per entry and step, whatever is retried."""
    offer = CouponOffer.objects.filter(key=parameters["offer"]).first()
    if offer is None:
        return [Outcome("failed", {"reason": gettext_noop("没有这种优惠券了")})] * len(entries)
    wanted = [
        NewCoupon(entry.customer_id, f"entry:{entry.pk}:{entry.next_step}", entry.pk, carried(entry))
        for entry in entries
    ]
    try:
        issuing = issue_coupons(offer, wanted, by=None, as_of=as_of)
    except OfferRefused:
        return [Outcome("failed", {"reason": gettext_noop("这种优惠券已停发")})] * len(entries)
    issued = {coupon.entry_id: coupon for coupon in issuing.coupons}
    outcomes = []
    for entry, one in zip(entries, wanted, strict=True):
        coupon = issued.get(entry.pk)
        if coupon is None:
            outcomes.append(Outcome("skipped", {"reason": LEFT_OUT[issuing.refused.get(one.key, "")]}))
        else:
            last = clock.day_of(coupon.expires_at).isoformat()
            outcomes.append(Outcome("done", {"coupon": coupon.code, "offer": offer.name, "expires_on": last}))
    return outcomes


def check(parameters: dict[str, Any]) -> None:
    if CouponOffer.objects.filter(key=parameters["offer"]).exclude(closed_at=None).exists():
        raise ValueError(_("这种优惠券已停发，请先恢复发放或换一种"))


def sentence(parameters: dict[str, Any]) -> str:
    name = CouponOffer.objects.filter(key=parameters.get("offer")).values_list("name", flat=True).first()
    return _("发一张优惠券「%(name)s」") % {"name": name or parameters.get("offer", "")}


def choices() -> list[tuple[str, str]]:
    return list(CouponOffer.objects.filter(closed_at=None).order_by("id").values_list("key", "name"))


OFFERS = (
    Step(
        kind="issue_coupon",
        label=gettext_lazy("发优惠券"),
        icon="ticket",
        parameters=(Parameter("offer", gettext_lazy("优惠券"), "choice", choices=choices),),
        run=run,
        sentence=sentence,
        check=check,
    ),
)
