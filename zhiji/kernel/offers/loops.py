from zhiji.kernel import lake
from zhiji.kernel.loops import Loop
from zhiji.kernel.pipeline import run_once

OFFERS = [
    Loop("pipeline", lambda: bool(run_once()), pause=0.05),
    Loop("lake", lake.append, pause=2.0),
]
