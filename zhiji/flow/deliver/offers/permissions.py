from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("messages:read", _("查看触达"), ALL - {Role.ANALYST}),
    Permission("messages:write", _("编辑模板和触达"), {Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
)
