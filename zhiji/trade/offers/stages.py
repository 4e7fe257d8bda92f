from django.utils.translation import gettext_lazy as _

from zhiji.kernel.pipeline import RESOLVE, Stage
from zhiji.trade.projection import absorb

OFFERS = [Stage(RESOLVE + 5, "orders", absorb, label=_("更新订单"))]
