from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = [
    NavItem("设置", _("用户"), "users", "user-cog", 10, "users:write"),
    NavItem("设置", _("审计"), "audit", "history", 80, "audit:read"),
]
