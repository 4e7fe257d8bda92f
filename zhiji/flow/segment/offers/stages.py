from zhiji.flow.segment.live import classify
from zhiji.kernel.pipeline import CLASSIFY, Stage

OFFERS = [Stage(CLASSIFY, "classify", classify)]
