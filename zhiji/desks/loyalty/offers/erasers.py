"""Coupons stay, for the books: they hold codes and sums."""

from zhiji.access.erasing import emptied
from zhiji.desks.loyalty.models import Coupon

OFFERS = (emptied(Coupon, keeps=["code", "issue_key", "redeemed_order"]),)
