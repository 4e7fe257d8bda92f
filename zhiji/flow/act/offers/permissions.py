from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("rules:read", _("查看联动规则"), ALL),
    Permission("rules:write", _("编辑联动规则"), {Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
)
