"""What the rail shows of this app."""

from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = (
    NavItem("设置", _("数据来源"), "sources", "plug-connected", 20, "sources:read"),
    NavItem("设置", _("文件导入"), "imports", "file-import", 22, "sources:read"),
    NavItem("设置", _("空值写法"), "nothing_words", "square-off", 23, "settings:read"),
    NavItem("设置", _("隔离区"), "quarantine", "shield-half", 25, "quarantine:write"),
)
