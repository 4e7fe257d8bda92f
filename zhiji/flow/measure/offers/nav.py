from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = [
    NavItem("首页", _("首页"), "home", "home", 1, "reports:read"),
    NavItem("分析", _("联动效果"), "effects", "chart-bar", 20, "reports:read"),
    NavItem("分析", _("指标口径"), "figures", "list-numbers", 30, "reports:read"),
]
