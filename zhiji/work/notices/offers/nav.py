from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = (
    NavItem(SETTINGS, _("全部通知"), "notices", "bell", 5, in_rail=False),
    NavItem(SETTINGS, _("通知设置"), "notice_settings", "bell-cog", 6, in_rail=False),
)
