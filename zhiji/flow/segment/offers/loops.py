"""The process of the pipeline keeps in memory what live definitions read; the other builds what was asked for."""

from zhiji.flow.segment import builds
from zhiji.flow.segment.engine.resident import resident
from zhiji.kernel import clock
from zhiji.kernel.loops import Loop

OFFERS = (
    Loop("facts in memory", lambda: resident().refresh(), pause=2.0, rest=30.0, beside="pipeline"),
    Loop(builds.LOOP, lambda: builds.run_due(clock.now()), pause=0.1),
)
