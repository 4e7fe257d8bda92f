"""The steps that act itself offers; desks and deliver offer theirs."""

from zhiji.flow.act.steps.marks import STEPS
from zhiji.flow.act.steps.owner import STEP

OFFERS = (STEP, *STEPS)
