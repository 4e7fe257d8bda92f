"""The process of the pipeline keeps in memory what live definitions read; the other builds what was asked for."""

from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.builds import build_queue
from zhiji.flow.segment.engine.resident import resident
from zhiji.kernel import clock
from zhiji.kernel.loops import Loop

OFFERS = (
    Loop(
        "facts in memory",
        lambda: resident().refresh(),
        pause=2.0,
        rest=30.0,
        beside="pipeline",
        label=_("内存中的近期行为"),
    ),
    Loop(build_queue.LOOP, lambda: build_queue.run_due(clock.now()), pause=0.1, label=_("计算客群和方案")),
)
