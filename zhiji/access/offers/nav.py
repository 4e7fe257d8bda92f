from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = [
    NavItem(SETTINGS, _("用户"), "users", "user-cog", 10, "users:write"),
    NavItem(SETTINGS, _("审计"), "audit", "history", 80, "audit:read"),
]
