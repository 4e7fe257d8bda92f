from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem, NavSection

SALES = NavSection(_("销售"), "briefcase", 60)
OFFERS = (NavItem(SALES, _("我的任务"), "tasks", "checkbox", 10, "tasks:read"),)
