from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from zhiji.flow.deliver.channel import Channel, channels
from zhiji.flow.deliver.sender import loop_of
from zhiji.flow.deliver.webhooks.caller import loop_round as webhook_round
from zhiji.kernel.loops import Loop


def _senders(channel: Channel) -> list[Loop]:
    """So many at once, each with its own line; a slow provider holds up no other channel."""
    named = {channel.key: channel.verb} | {
        f"{channel.key} {number}": format_lazy("{} {}", channel.verb, number)
        for number in range(2, channel.senders + 1)
    }
    return [Loop(name, loop_of(channel), pause=0.5, label=label) for name, label in named.items()]


OFFERS = [
    *(loop for channel in channels() for loop in _senders(channel)),
    Loop("webhooks", webhook_round, pause=0.2, label=_("调用外部接口")),
]
