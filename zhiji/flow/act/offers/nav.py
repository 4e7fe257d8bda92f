from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiji.kernel.nav import NavItem, NavSection

RULES = NavSection(_("联动"), "bolt", 40)
OFFERS = (NavItem(RULES, pgettext_lazy("list", "联动规则"), "rules", "bolt", 10, "rules:read"),)
