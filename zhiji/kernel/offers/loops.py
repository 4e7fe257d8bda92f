from django.utils.translation import gettext_lazy as _

from zhiji.kernel import lake
from zhiji.kernel.loops import Loop
from zhiji.kernel.pipeline import EDGE, follow_once, tell_once, try_again


def worked(count: int | None) -> bool | None:
    return None if count is None else count > 0


OFFERS = [
    Loop("pipeline", lambda: worked(tell_once()), pause=0.05, label=_("接收行为")),
    Loop(
        "following",
        lambda: worked(follow_once()),
        pause=0.05,
        rest=EDGE,
        beside="pipeline",
        after="pipeline",
        label=_("实时分类"),
    ),
    Loop("set aside", lambda: worked(try_again()), pause=1.0, rest=5.0, beside="pipeline", label=_("再试出错的行为")),
    Loop("lake", lake.append, pause=2.0, rest=30.0, label=_("写历史库")),
]
