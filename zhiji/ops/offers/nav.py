from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = [NavItem(SETTINGS, _("系统"), "workspace", "server-cog", 90, "settings:read")]
if settings.DEMO:
    OFFERS.append(NavItem(SETTINGS, _("演示商城"), "shop", "building-store", 95))
