from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.kernel.nav import NavItem, NavSection

COMMERCE = NavSection(_("商品订单"), "shopping-bag", 100)
OFFERS = [
    NavItem(COMMERCE, _("订单"), "orders", "shopping-cart", 10, "orders:read"),
    NavItem(COMMERCE, _("商品"), "products", "package", 20, "orders:read"),
    NavItem(COMMERCE, pgettext_lazy("many", "门店"), "stores", "building-store", 30, "orders:read"),
]
