from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("contacts:reveal", _("查看联系方式的明文"), ALL - {Role.MARKETER, Role.ANALYST}),
    Permission("users:write", _("管理账号"), {Role.ADMINISTRATOR}),
    Permission("settings:read", _("查看设置"), {Role.ADMINISTRATOR, Role.MANAGER}),
    Permission("settings:write", _("修改设置"), {Role.ADMINISTRATOR}),
    Permission("audit:read", _("查看审计"), {Role.ADMINISTRATOR}),
)
