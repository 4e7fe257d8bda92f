from django.utils.translation import gettext_lazy as _

from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("comments:read", _("查看备注"), ALL),
    Permission("comments:write", _("写备注"), ALL),
)
