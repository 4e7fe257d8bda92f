from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("customers:read", _("查看客户"), ALL),
    Permission("customers:write", _("新建和修改客户"), ALL - {Role.MARKETER, Role.ANALYST}),
    Permission("customers:export", _("导出客户"), ALL - {Role.ANALYST}),
    Permission("facts:read", _("查看行为"), ALL),
    Permission("facts:write", _("写入行为"), {Role.ADMINISTRATOR}),
)
