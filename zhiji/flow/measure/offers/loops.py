from django.utils.translation import gettext_lazy as _

from zhiji.flow.measure.actions import refresh_metrics
from zhiji.kernel import clock
from zhiji.kernel.loops import Loop


def _refresh() -> bool:
    refresh_metrics(clock.now())
    return False


OFFERS = [Loop("metrics", _refresh, pause=3.0, rest=30.0, label=_("统计指标"))]
