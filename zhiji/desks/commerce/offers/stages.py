from django.utils.translation import gettext_lazy as _

from zhiji.desks.commerce.absorb import absorb
from zhiji.kernel.pipeline import RESOLVE, Stage

OFFERS = [Stage(RESOLVE + 5, "orders", absorb, label=_("更新订单"))]
