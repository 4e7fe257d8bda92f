from zhiji.kernel import lake
from zhiji.kernel.loops import Loop
from zhiji.kernel.pipeline import follow_once, tell_once, try_again


def worked(count: int | None) -> bool | None:
    return None if count is None else count > 0


REST = 4.0  # seconds: it also looks for what comes by the clock, and is said to be behind from five on
OFFERS = [
    Loop("pipeline", lambda: worked(tell_once()), pause=0.05),
    Loop("following", lambda: worked(follow_once()), pause=0.05, rest=REST, beside="pipeline", after="pipeline"),
    Loop("set aside", lambda: worked(try_again()), pause=1.0, rest=5.0, beside="pipeline"),
    Loop("lake", lake.append, pause=2.0, rest=30.0),
]
