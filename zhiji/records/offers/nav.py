from django.utils.translation import pgettext_lazy

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = [NavItem(SETTINGS, pgettext_lazy("many", "字段"), "fields", "forms", 15, "settings:read")]
