from zhiji.desks.commerce.absorb import absorb
from zhiji.kernel.pipeline import ABSORB, Stage

OFFERS = [Stage(ABSORB, "orders", absorb)]
