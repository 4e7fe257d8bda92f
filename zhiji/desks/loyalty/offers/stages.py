"""What the pipeline's orders mean for coupons."""

from zhiji.desks.loyalty.redeeming import run
from zhiji.kernel.pipeline import ABSORB, Stage

OFFERS = (Stage(ABSORB, "coupons", run),)
