from zhiji.kernel.loops import Loop
from zhiji.kernel.pipeline import run_once

OFFERS = [Loop("pipeline", lambda: bool(run_once()), pause=0.05)]
