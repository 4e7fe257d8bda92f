from django.utils.translation import pgettext_lazy

from zhiji.kernel.nav import NavItem

OFFERS = (NavItem("联动", pgettext_lazy("list", "联动规则"), "rules", "bolt", 10, "rules:read"),)
