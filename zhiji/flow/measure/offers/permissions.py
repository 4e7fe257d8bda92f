from django.utils.translation import gettext_lazy as _

from zhiji.access.roles import ALL, Permission

OFFERS = (Permission("reports:read", _("查看分析"), ALL),)
