from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("segments:read", _("查看客群和分类"), ALL),
    Permission("segments:write", _("编辑客群和分类"), {Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
)
