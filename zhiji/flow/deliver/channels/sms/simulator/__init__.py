"""A local stand-in for Aliyun's text messages: it speaks their protocol over a socket and refuses what they refuse.

Nothing leaves the machine. `python -m zhiji.flow.deliver.channels.sms.simulator` starts one.
"""
