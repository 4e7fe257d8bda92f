from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (Permission("portal:link", _("生成顾客页面链接"), ALL - {Role.ANALYST}),)
