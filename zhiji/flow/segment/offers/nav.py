from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem, NavSection

CLASSES = NavSection(_("分类"), "chart-pie", 30)
OFFERS = (
    NavItem(CLASSES, _("分类方案"), "schemes", "category", 10, "segments:read"),
    NavItem(CLASSES, _("客群"), "segments", "users-group", 20, "segments:read"),
)
