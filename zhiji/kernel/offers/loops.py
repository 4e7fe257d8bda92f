from zhiji.kernel import lake
from zhiji.kernel.loops import Loop
from zhiji.kernel.pipeline import follow_once, tell_once

OFFERS = [
    Loop("pipeline", lambda: bool(tell_once()), pause=0.05),
    Loop("following", lambda: bool(follow_once()), pause=0.05, beside="pipeline", after="pipeline"),
    Loop("lake", lake.append, pause=2.0),
]
