from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.kernel.nav import NavItem, NavSection

LOYALTY = NavSection(_("会员"), "award", 80)
OFFERS = (NavItem(LOYALTY, pgettext_lazy("many", "优惠券"), "coupon_offers", "ticket", 20, "coupons:read"),)
