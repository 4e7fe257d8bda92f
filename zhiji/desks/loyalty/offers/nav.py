from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = (NavItem("会员", _("优惠券"), "coupon_offers", "ticket", 20, "coupons:read"),)
