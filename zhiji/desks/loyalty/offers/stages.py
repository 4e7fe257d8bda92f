"""What the pipeline's orders mean for coupons."""

from django.utils.translation import gettext_lazy as _

from zhiji.desks.loyalty.redeeming import run
from zhiji.kernel.pipeline import ABSORB, Stage

OFFERS = (Stage(ABSORB, "coupons", run, label=_("核销优惠券")),)
