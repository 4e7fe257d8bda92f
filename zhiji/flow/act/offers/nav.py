from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = (NavItem("联动", _("联动规则"), "rules", "bolt", 10, "rules:read"),)
