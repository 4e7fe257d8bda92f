"""Rules look at every batch, last of all."""

from django.utils.translation import gettext_lazy as _

from zhiji.flow.act.entering import run
from zhiji.kernel.pipeline import ACT, Stage

OFFERS = (Stage(ACT, "rules", run, label=_("联动规则")),)
