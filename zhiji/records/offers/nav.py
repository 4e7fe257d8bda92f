from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = [NavItem(SETTINGS, _("字段"), "fields", "forms", 15, "settings:read")]
