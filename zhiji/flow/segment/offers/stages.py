from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.live.classify_stage import classify, let_go
from zhiji.kernel.pipeline import CLASSIFY, Stage

OFFERS = [Stage(CLASSIFY, "classify", classify, let_go, label=_("实时分类"))]
