from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem, NavSection

HOME = NavSection(_("首页"), "home", 10)
REPORTS = NavSection(_("分析"), "chart-line", 110)
OFFERS = [
    NavItem(HOME, _("首页"), "home", "home", 1, "reports:read"),
    NavItem(REPORTS, _("联动效果"), "effects", "chart-bar", 20, "reports:read"),
    NavItem(REPORTS, _("指标口径"), "figures", "list-numbers", 30, "reports:read"),
]
