from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = [NavItem("设置", _("系统"), "workspace", "server-cog", 90, "settings:read")]
