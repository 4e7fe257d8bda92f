from zhiji.flow.deliver.channels.email.channel import EMAIL

OFFERS = (EMAIL,)
