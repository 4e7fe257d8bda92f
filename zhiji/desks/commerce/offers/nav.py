from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = [
    NavItem("商品订单", _("订单"), "orders", "shopping-cart", 10, "orders:read"),
    NavItem("商品订单", _("商品"), "products", "package", 20, "orders:read"),
    NavItem("商品订单", _("门店"), "stores", "building-store", 30, "orders:read"),
]
