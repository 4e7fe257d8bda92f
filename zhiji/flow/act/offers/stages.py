"""Rules look at every batch, last of all."""

from zhiji.flow.act.entering import run
from zhiji.kernel.pipeline import ACT, Stage

OFFERS = (Stage(ACT, "rules", run),)
