from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("tasks:read", _("查看待办"), ALL - {Role.ANALYST}),
    Permission("tasks:write", _("处理待办"), ALL - {Role.ANALYST}),
)
