from django.utils.translation import gettext_lazy as _

from zhiji.kernel.nav import NavItem

OFFERS = (
    NavItem("分类", _("分类方案"), "schemes", "category", 10, "segments:read"),
    NavItem("分类", _("客群"), "segments", "users-group", 20, "segments:read"),
)
