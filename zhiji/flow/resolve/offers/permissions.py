from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import Permission

OFFERS = (Permission("customers:merge", _("合并或拆分客户"), {Role.ADMINISTRATOR, Role.MANAGER}),)
