from zhiji.flow.collect.files.asking import LOOP, work
from zhiji.kernel.loops import Loop

OFFERS = (Loop(LOOP, work, pause=1.0),)
