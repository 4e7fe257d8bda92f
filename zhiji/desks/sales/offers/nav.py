from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = (NavItem("销售", _("我的任务"), "tasks", "checkbox", 10, "tasks:read"),)
