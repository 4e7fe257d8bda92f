"""Orders stay, for the books: numbers, sums and what was bought."""

from zhiji.access.erasing import emptied
from zhiji.trade.models import Order, OrderLine, Refund

OFFERS = (
    emptied(Order, keeps=["external_id", "shop", "state", "coupon_code"]),
    emptied(OrderLine, keeps=["key"]),
    emptied(Refund, keeps=["external_id", "shop"]),
)
