"""The customers' entry of the rail."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem, NavSection

CUSTOMERS = NavSection(_("客户"), "users", 20)
OFFERS = (
    NavItem(CUSTOMERS, _("客户"), "customers", "users", 10, "customers:read"),
    NavItem(CUSTOMERS, _("新建客户"), "customer_new", "user-plus", 90, "customers:write", in_rail=False),
)
