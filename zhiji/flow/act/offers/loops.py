"""The worker takes the steps of running entries."""

from zhiji.flow.act.stepping import round_once
from zhiji.kernel.loops import Loop

OFFERS = (Loop("steps", lambda: round_once() > 0, pause=0.2),)
