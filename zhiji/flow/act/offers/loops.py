"""The worker takes the steps of running entries."""

from django.utils.translation import gettext_lazy as _

from zhiji.flow.act.stepping import round_once
from zhiji.kernel.loops import Loop

OFFERS = (Loop("steps", lambda: round_once() > 0, pause=0.2, label=_("联动步骤")),)
