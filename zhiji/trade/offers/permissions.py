from django.utils.translation import gettext_lazy as _

from zhiji.access.roles import ALL, Permission

OFFERS = (Permission("orders:read", _("查看订单"), ALL),)
