from django.utils.translation import gettext_lazy as _

from zhiji.access.models import Role
from zhiji.access.roles import ALL, Permission

OFFERS = (
    Permission("coupons:read", _("查看优惠券"), ALL),
    Permission("coupons:write", _("编辑和发放优惠券"), {Role.ADMINISTRATOR, Role.MANAGER, Role.MARKETER}),
)
