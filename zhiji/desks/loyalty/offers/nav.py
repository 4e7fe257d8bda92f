from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem, NavSection

LOYALTY = NavSection(_("会员"), "award", 80)
OFFERS = (NavItem(LOYALTY, _("优惠券"), "coupon_offers", "ticket", 20, "coupons:read"),)
