"""What became of an offer's coupons."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiji.desks.loyalty.queries import offers_with_figures
from zhiji.kernel.figure import Figure


def _of(part: str) -> Callable[[datetime, str], Any]:
    def compute(as_of: datetime, of: str) -> Any:
        return next(getattr(one, part) for one in offers_with_figures(as_of) if one.offer.key == of)

    return compute


OFFER = _("优惠券")
OFFERS = (
    Figure("coupons_issued", _("已发的券"), _("这种券至今发出的张数"), _of("issued"), about=OFFER),
    Figure("coupons_open", _("未用的券"), _("已发、没用、也没过期的张数"), _of("open"), about=OFFER),
    Figure("coupons_redeemed", _("已用的券"), _("已经核销的张数"), _of("redeemed"), about=OFFER),
    Figure("coupons_share", _("用券率"), _("已用的券除以已发的券"), _of("share"), "percent", OFFER),
)
