from zhiji.flow.segment.live import classify, let_go
from zhiji.kernel.pipeline import CLASSIFY, Stage

OFFERS = [Stage(CLASSIFY, "classify", classify, let_go)]
