"""The contract of a channel: a folder of `channels/` offers one `Channel`, and nothing else knows its kind.

A sender asks `standing`, claims what is due from the ledger (which asks the gate), has each message `render`ed, and
hands it to its `Line`. What came of it is one of four results; what is wrong with the account is raised, as that is no
message's fault. docs/CONTRIBUTING.md adds a channel by example.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.flow.deliver import accounts
from zhiji.flow.profile.channels import ConsentChannel, consent_channels

if TYPE_CHECKING:
    from zhiji.flow.deliver.models import DeliverySettings, Message
    from zhiji.flow.deliver.wording import Wording

USUAL = "email"
"""The channel of templates and messages where nobody says which: what they were before there were others."""
Mode = Literal["live", "simulator"]


class NoSuchChannel(LookupError):
    """No channel has this key: its folder is gone. What is planned for it waits."""


class Down(Exception):
    """The provider can't be reached; nothing was handed over, and all wait. The text is its own words."""


class AccountFault(Exception):
    """The provider refuses us, not this message: money, keys, permission. Everything waits until somebody mends it."""


@dataclass(frozen=True)
class Accepted:
    """The provider has it. `provider_id` is its number, by which a receipt finds the message."""

    provider_id: str = ""


@dataclass(frozen=True)
class Later:
    """Not now. `reason` is a code of reasons.py or of the channel's own."""

    reason: str
    reply: str = ""


@dataclass(frozen=True)
class Refused:
    """Never this one. `about`: the message alone; its address, which isn't used any more; or the customer, who wants no
    more of this kind over this channel.
    """

    reason: str
    reply: str = ""
    about: Literal["message", "address", "customer"] = "message"


@dataclass(frozen=True)
class Unknown:
    """It was handed over and no answer came. It goes out again only where the provider drops the repeat."""

    reply: str = ""


Result = Accepted | Later | Refused | Unknown


@dataclass(frozen=True)
class Capabilities:
    """What a channel can do: said on its page, and asked before anything is planned or sent.

    `repeatable`: the provider, or whoever receives it, drops a message that comes twice. `own_words`: a person may
    write without a template. `receipts`: what the provider really reports of "accepted", "delivered", "opened",
    "clicked", "failed". `marketing_hours`: from and until when marketing may go out, whatever the house's quiet hours.
    """

    repeatable: bool
    own_words: bool
    receipts: frozenset[str]
    inbound: bool = False
    marketing_hours: tuple[time, time] | None = None


@dataclass(frozen=True)
class Standing:
    """How a channel's account is. Where it isn't `ready`, nothing is claimed, and `trouble` says why in the user's
    words; "" where nobody wants it yet.
    """

    mode: Mode
    ready: bool
    trouble: str | Promise = ""


@dataclass(frozen=True)
class AccountField:
    """What the page of a channel's account asks. A `secret` is kept sealed and never shown again."""

    name: str
    label: str | Promise
    hint: str | Promise = ""
    secret: bool = False
    required: bool = True


@dataclass(frozen=True)
class Receipt:
    """What a provider reports of a message: that it was delivered at a time, or that it `refused` it after all.

    `value` is the contact value that it went to.
    """

    message_id: int
    at: datetime
    refused: Refused | None = None
    value: str = ""


@dataclass(frozen=True)
class Reply:
    """A customer's answer over the channel: from which contact value, and whether it asks to `stop` marketing.

    `key` is the provider's number of it: a repeat is nothing new.
    """

    key: str
    value: str
    stop: bool
    at: datetime


@dataclass(frozen=True)
class Inbound:
    """What a provider's call says, and what it is answered once all of it is kept."""

    told: Sequence[Receipt | Reply]
    answer: Mapping[str, Any]


class BadInbound(Exception):
    """A provider's call that isn't in its form: it is refused and changes nothing."""


class Rendered(Protocol):
    """A message filled in. `html` shows it on screens; `links` are where its links lead, `empty` the variables that
    left a hole.
    """

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def links(self) -> list[str]: ...
    @property
    def empty(self) -> list[str]: ...


class Line(Protocol):
    """A sender's way to the provider, kept between messages and used from one thread."""

    def ready(self) -> None:
        """Be able to send. Raises Down or AccountFault."""

    def rest(self) -> None:
        """There is nothing to send now."""

    def close(self) -> None:
        """There will be nothing to send."""

    def send(
        self, message: "Message", to: str, rendered: Any, settings: "DeliverySettings", begin: Callable[[], bool]
    ) -> Result | None:
        """Hand it over. Just before it can't be taken back ask `begin()`: when it answers False, another sender has the
        message, and None is the answer. Raises Down or AccountFault where nothing was handed over.
        """


class Channel(ConsentChannel):
    """A way we send. `contact` is the kind of contact point it goes to, `step` the kind of step that sends over it,
    named `verb`; `down` says that the provider can't be reached. `reasons` are words for codes of its own, and for
    those of reasons.py that it says otherwise. `fields` are what its account needs, `proven` says whether it was ever
    tried against the real platform, `short` that its messages are shown in a small frame. `senders` work at once.
    """

    contact: str
    icon: str
    step: str
    verb: str | Promise
    can: Capabilities
    down: str | Promise = _("连不上服务商，消息在排队，连上后自动发出。")
    reasons: ClassVar[Mapping[str, str | Promise]] = {}
    fields: ClassVar[Sequence[AccountField]] = ()
    proven: bool = True
    short: bool = False
    senders: int = 1

    def standing(self) -> Standing:
        """How the account is, for the sender and for pages. Ask little: it is asked in every round."""
        return accounts.standing(self)

    def faulted(self, said: str) -> None:
        """Note that the provider refuses our account, so that `standing` isn't ready until somebody mended it."""
        accounts.pause(self, said)

    def problem(self, given: Mapping[str, str], mode: Mode) -> str:
        """What is wrong with what the account's page was given, secrets among it; "" when nothing is."""
        return ""

    def receive(self, body: bytes) -> Inbound:
        """What a provider's call to our inbound address says. Raises BadInbound."""
        raise BadInbound

    def address(self, value: str) -> str:
        """A contact value as the provider takes it, "" where it can't be reached over this channel."""
        return value

    def written(self, subject: str, text: str) -> "Wording":
        """The wording of what a person wrote without a template."""
        raise NotImplementedError

    def render(
        self, wording: "Wording", variables: Mapping[str, Any], settings: "DeliverySettings", *, message_id: int | None
    ) -> Rendered:
        """Fill it in; without a message's id it is a preview. Raises TemplateRefused."""
        raise NotImplementedError

    def check(self, wording: "Wording", purpose: str, rendered: Rendered) -> None:
        """Raise TemplateRefused for a wording that this channel can't keep; `rendered` is it, filled in."""

    def line(self) -> Line:
        """A new line for a sender."""
        raise NotImplementedError


def channels() -> tuple[Channel, ...]:
    """All we send over, in the order of screens."""
    return tuple(one for one in consent_channels() if isinstance(one, Channel))


def channel_of(key: str) -> Channel:
    """Raises NoSuchChannel."""
    for one in channels():
        if one.key == key:
            return one
    raise NoSuchChannel(key)
