from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import Permission

OFFERS = (
    Permission("sources:read", _("查看数据源"), {Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER, Role.ANALYST}),
    Permission("sources:write", _("管理数据源和导入"), {Role.ADMINISTRATOR}),
    Permission("quarantine:write", _("处理隔离的事件"), {Role.ADMINISTRATOR, Role.MANAGER}),
)
