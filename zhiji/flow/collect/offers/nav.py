"""What the rail shows of this app."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import SETTINGS, NavItem

OFFERS = (
    NavItem(SETTINGS, _("数据来源"), "sources", "plug-connected", 20, "sources:read"),
    NavItem(SETTINGS, _("文件导入"), "imports", "file-import", 22, "sources:read"),
    NavItem(SETTINGS, _("空值写法"), "nothing_words", "square-off", 23, "settings:read"),
    NavItem(SETTINGS, _("隔离区"), "quarantine", "shield-half", 25, "quarantine:write"),
)
