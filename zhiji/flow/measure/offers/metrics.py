from django.utils.translation import gettext_lazy as _

from zhiji.flow.measure import queries
from zhiji.flow.measure.metric import Metric

OFFERS = [
    Metric("totals", _("总览"), queries.totals, every=10),
    Metric("class_sizes", _("各类客户"), queries.class_sizes, every=None),
    Metric("class_moves", _("类别流动"), queries.class_moves, every=None),
    Metric("recency_frequency", _("R×F 分布"), queries.recency_frequency, every=30),
    Metric("weeks", _("每周营收与活跃客户"), queries.weeks, every=60),
    Metric("rule_effects", _("联动效果"), queries.rule_effects, every=15),
]
