from zhiji.flow.deliver.channels.sms.channel import SMS

OFFERS = (SMS,)
