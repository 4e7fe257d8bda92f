"""The process of the pipeline keeps in memory what live definitions read."""

from zhiji.flow.segment.engine.resident import resident
from zhiji.kernel.loops import Loop

OFFERS = (Loop("facts in memory", lambda: resident().refresh(), pause=2.0, beside="pipeline"),)
