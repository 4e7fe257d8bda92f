"""The gate before a message is sent: the same questions for every channel, in one order; the first "no" is the answer.

    account live → capability → identity → suppression → purpose consent → quiet hours → caps → once only

The first is asked by the sender before it claims anything, so that nothing is touched while nothing can go out. "Once
only" is the ledger's: what may have gone out before is not asked here, unless its channel drops repeats.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from zhiji.access.privacy import digest
from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.channel import Channel
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import Consent, ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

DAY, WEEK = timedelta(days=1), timedelta(days=7)
COUNTED = [state for state in Message.State if state not in (Message.State.REFUSED, Message.State.FAILED)]


@dataclass(frozen=True)
class No:
    """Why a message may not go out; `until` says that it may then."""

    reason: str
    until: datetime | None = None


class Gate:
    """What is known of the customers of one batch, read while their rows are held, so that two senders can't both find
    room for one under the cap. `roots` are the messages' customers by id.
    """

    def __init__(self, channel: Channel, roots: dict[int, int], settings: DeliverySettings, as_of: datetime) -> None:
        self.channel, self.roots, self.settings, self.as_of = channel, roots, settings, as_of
        wanted = sorted(set(roots.values()))
        _hold(wanted)
        self.consents = _consents(wanted, channel.key)
        self.values = contacts.values(wanted, channel.contact)
        self.bounced = _bounced(wanted, channel.contact)
        self.counted = _counted(wanted, as_of)

    def ask(self, message: Message) -> No | str:
        """The address to send it to, or why not. Who passes is counted under the cap."""
        for question in QUESTIONS:
            if (no := question(self, message)) is not None:
                return no
        return self.channel.address(self.value(message))

    def root(self, message: Message) -> int:
        return self.roots[message.customer_id]

    def value(self, message: Message) -> str:
        """The newest contact value in clear, "" without one."""
        return self.values.get(self.root(message), "")


def capability(gate: Gate, message: Message) -> No | None:
    """Own words only where the channel takes them."""
    return No(reasons.UNABLE) if message.written is not None and not gate.channel.can.own_words else None


def identity(gate: Gate, message: Message) -> No | None:
    """There is something to send it to; where all there was bounced, that is the reason."""
    value = gate.value(message)
    if not value:
        return No(reasons.BOUNCED_ADDRESS if gate.root(message) in gate.bounced else reasons.NO_ADDRESS)
    return None if gate.channel.address(value) else No(reasons.BAD_ADDRESS)


def suppression(gate: Gate, message: Message) -> No | None:
    """An address that bounced isn't used again, whoever of the merged customers it bounced for."""
    known = gate.bounced.get(gate.root(message), ())
    return No(reasons.BOUNCED_ADDRESS) if digest(gate.channel.contact, gate.value(message)) in known else None


def consent(gate: Gate, message: Message) -> No | None:
    why = consent_problem(message.purpose, gate.consents.get((gate.root(message), message.purpose)))
    return No(why) if why else None


def quiet_hours(gate: Gate, message: Message) -> No | None:
    """Marketing keeps to the house's quiet hours, and to the channel's own."""
    if message.purpose != "marketing":
        return None
    until = quiet_until(gate.as_of, gate.settings.quiet_hours)
    if not until and (hours := gate.channel.can.marketing_hours):
        until = quiet_until(gate.as_of, (hours[1], hours[0]))
    return No(reasons.QUIET, until) if until else None


def caps(gate: Gate, message: Message) -> No | None:
    """So many marketing messages a day and a week to one customer, over whatever channels."""
    if message.purpose != "marketing":
        return None
    counted = gate.counted[gate.root(message)]
    counted.pop(message.pk, None)  # what is tried again takes its own place anew
    if why := cap_problem(counted.values(), gate.settings, gate.as_of):
        return No(why)
    counted[message.pk] = gate.as_of
    return None


QUESTIONS: tuple[Callable[[Gate, Message], No | None], ...] = (
    capability,
    identity,
    suppression,
    consent,
    quiet_hours,
    caps,
)


def _hold(roots: list[int]) -> None:
    """Lock the customers, in one order, until the transaction ends."""
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=roots).order_by("pk").values_list("pk"))


def consent_problem(purpose: str, granted: bool | None) -> str:
    """Marketing needs a consent that was given; service messages go unless they were refused."""
    if granted is False:
        return reasons.REVOKED
    return reasons.NO_CONSENT if granted is None and purpose == "marketing" else ""


def cap_problem(times: Collection[datetime], settings: DeliverySettings, as_of: datetime) -> str:
    """Which cap `times` fill, or ""."""
    if sum(at > as_of - DAY for at in times) >= settings.cap_per_day:
        return reasons.CAP_DAY
    return reasons.CAP_WEEK if len(times) >= settings.cap_per_week else ""


def quiet_until(as_of: datetime, hours: tuple[time, time]) -> datetime | None:
    """When the quiet hours, from and until, that `as_of` falls in end, by the workspace's clock; None outside them."""
    start, end = hours
    local = as_of.astimezone(clock.zone())
    now = local.time()
    quiet = start <= now < end if start <= end else now >= start or now < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if now >= end else 0)
    return datetime.combine(day, end, tzinfo=clock.zone()).replace(fold=local.fold)  # an hour that comes twice


def _consents(roots: list[int], channel: str) -> dict[tuple[int, str], bool]:
    """What each root and the customers merged into it last said, by purpose."""
    rows = Consent.objects.filter(customer__root_id__in=roots, channel=channel).order_by("at", "id")
    return {
        (root, purpose): granted
        for root, purpose, granted in rows.values_list("customer__root_id", "purpose", "granted")
    }


def _bounced(roots: list[int], contact: str) -> dict[int, set[bytes]]:
    """Digests of what isn't used any more."""
    found: dict[int, set[bytes]] = defaultdict(set)
    points = ContactPoint.objects.filter(
        customer__root_id__in=roots, kind=contact, state=ContactPoint.State.BOUNCED
    ).values_list("customer__root_id", "digest")
    for root, mark in points:
        found[root].add(bytes(mark))
    return found


def _counted(roots: list[int], as_of: datetime) -> dict[int, dict[int, datetime]]:
    """When each root's marketing messages of the last 7 days passed the cap, by id. Read under the customers' locks."""
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    rows = Message.objects.filter(
        customer__root_id__in=roots, purpose="marketing", counted_at__gt=as_of - WEEK, state__in=COUNTED
    ).values_list("customer__root_id", "pk", "counted_at")
    for root, message, at in rows:
        if at is not None:
            found[root][message] = at
    return found
