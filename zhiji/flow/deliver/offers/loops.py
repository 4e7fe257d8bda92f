from zhiji.flow.deliver.sender import loop_round
from zhiji.flow.deliver.webhooks.caller import loop_round as webhook_round
from zhiji.kernel.loops import Loop

OFFERS = [
    Loop("mail", loop_round, pause=0.5),
    Loop("mail 2", loop_round, pause=0.5),
    Loop("webhooks", webhook_round, pause=0.2),
]
