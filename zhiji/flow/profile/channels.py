"""The ways to speak to a customer, to each of which they say yes or no: offered by apps in `offers/channels.py`."""

from typing import ClassVar

from django.utils.functional import Promise

from zhiji.kernel.registry import offered


class ConsentChannel:
    """A way to speak to customers. What we send over ourselves says more of it (`flow/deliver/channel.py`).

    `key` stands in consents and facts, such as `sms`; conditions say `words`, in Chinese and English; `position` orders
    them on screens.
    """

    offered_in: ClassVar[str] = "channels"
    kept_when_off: ClassVar[bool] = True
    key: str
    label: str | Promise
    words: tuple[str, str]
    position: int


def consent_channels() -> tuple[ConsentChannel, ...]:
    """All there are, in the order of screens. Of two with one key the later app's counts: it is the one that sends."""
    return tuple(sorted({one.key: one for one in offered(ConsentChannel)}.values(), key=lambda one: one.position))


def channel_labels() -> dict[str, str]:
    """{key: what it is called}, in the order of screens."""
    return {one.key: str(one.label) for one in consent_channels()}
