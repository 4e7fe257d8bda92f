"""The ledger: which messages are due, which of them may go out, and what came of each.

Every change is one transaction. `take` claims due rows (SKIP LOCKED, so senders never wait for each other) and asks
the gate. A claimed row is leased to its sender; when the sender dies, the row is claimed again after the lease. As
`begin` is committed before a message is handed over, and each result by itself, a killed sender leaves at most the one
message it was handing over in doubt: over a channel that drops repeats (mail, by its Message-ID) it goes out again,
over another it is `unknown` and doesn't.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F

from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.channel import Channel, Mode, Refused
from zhiji.flow.deliver.gate import Gate
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.receipts import sent_fact, settle_bounce
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.culprits import in_parts, said
from zhiji.kernel.facts import record

log = structlog.get_logger()
LEASE = timedelta(seconds=120)
OUTCOME = ("state", "reason", "reply", "due_at", "counted_at", "variables")
CLAIM = ("sender", "leased_until", "attempts", "simulated")
LONGEST_WAIT = timedelta(hours=6)


@dataclass
class Held:
    """A message its sender may now hand over, to this address."""

    message: Message
    to: str


def anything_due(channel: Channel, as_of: datetime) -> bool:
    """Whether a round would find work. Two looks at small indexes."""
    rows = Message.objects.filter(channel=channel.key)
    planned = rows.filter(state=Message.State.PLANNED, due_at__lte=as_of)
    return planned.exists() or rows.filter(state=Message.State.SENDING, leased_until__lt=as_of).exists()


@transaction.atomic
def take(
    channel: Channel, sender: str, settings: DeliverySettings, as_of: datetime, limit: int = 50, mode: Mode = "live"
) -> tuple[list[Held], int]:
    """Claim up to `limit` due messages of a channel. Answers those to send now, and how many rows were looked at."""
    messages, doubtful = _claim(channel, as_of, limit)
    if not messages:
        return [], len(doubtful)
    roots = dict(Customer.objects.filter(pk__in={m.customer_id for m in messages}).values_list("pk", "root_id"))
    passed = _asked(messages, roots, channel, settings, as_of)
    passed = _filled(passed, roots, settings)
    for held in passed:
        message = held.message
        message.state, message.reason = Message.State.SENDING, ""
        message.sender, message.leased_until = sender, as_of + LEASE
        message.counted_at = as_of
        message.attempts += 1
        message.simulated = mode == "simulator"
    Message.objects.bulk_update(
        messages,
        [*OUTCOME, *CLAIM],
    )
    return passed, len(messages)


def _filled(passed: list[Held], roots: dict[int, int], settings: DeliverySettings) -> list[Held]:
    """Those whose variables could be gathered, with them; one that can't be has failed and keeps no other back."""
    fresh: dict[int, dict[str, Any]] = {}

    def fill(some: list[int]) -> None:
        whom = [Addressee(roots[passed[at].message.customer_id], passed[at].message.entry_id) for at in some]
        with transaction.atomic():
            fresh.update(zip(some, gather(whom, settings), strict=True))

    for at, error in in_parts(list(range(len(passed))), fill).items() if passed else ():
        message = passed[at].message
        log.error("the variables of a message can't be gathered", message=message.pk, exc_info=error)
        message.state, message.reason, message.reply = Message.State.FAILED, reasons.TEMPLATE, said(error)[:500]
    for at, variables in fresh.items():
        passed[at].message.variables = passed[at].message.variables or variables
    return [passed[at] for at in sorted(fresh)]


def _claim(channel: Channel, as_of: datetime, limit: int) -> tuple[list[Message], list[Message]]:
    """Due rows, and rows whose sender died, locked; rows that another sender looks at are passed over.

    Of a channel that drops no repeats, what a dead sender had begun to hand over may have gone out: its outcome is
    unknown, and stays so until a receipt comes. Such rows come second, settled.
    """
    rows = Message.objects.select_related("template", "entry").select_for_update(skip_locked=True, of=("self",))
    rows = rows.filter(channel=channel.key)
    dead = list(rows.filter(state=Message.State.SENDING, leased_until__lt=as_of).order_by("leased_until")[:limit])
    due = rows.filter(state=Message.State.PLANNED, due_at__lte=as_of).order_by("due_at", "id")
    doubtful = [] if channel.can.repeatable else [one for one in dead if one.begun_at is not None]
    Message.objects.filter(pk__in=[one.pk for one in doubtful]).update(
        state=Message.State.UNKNOWN, reason=reasons.UNKNOWN, sender=""
    )
    again = [one for one in dead if one not in doubtful]
    return again + list(due[: limit - len(dead)]), doubtful


def _asked(
    messages: list[Message], roots: dict[int, int], channel: Channel, settings: DeliverySettings, as_of: datetime
) -> list[Held]:
    """Those that may go out now; the others get their state and reason."""
    gate = Gate(channel, roots, settings, as_of)
    passed = []
    for message in messages:
        answer = gate.ask(message)
        if isinstance(answer, str) and message.attempts < settings.max_attempts:
            passed.append(Held(message, answer))
            continue
        message.sender = ""
        if isinstance(answer, str):
            message.state, message.reason = Message.State.FAILED, reasons.GAVE_UP
        elif answer.until is not None:
            message.state, message.reason, message.due_at = Message.State.PLANNED, answer.reason, answer.until
        else:
            message.state, message.reason = Message.State.REFUSED, answer.reason
    return passed


def begin(message: Message, sender: str, as_of: datetime) -> bool:
    """Note, before it can't be taken back, that a message is being handed over, and hold on for longer.

    False when the lease ran out and another sender took it.
    """
    mine = Message.objects.filter(pk=message.pk, state=Message.State.SENDING, sender=sender)
    return mine.update(leased_until=as_of + LEASE, begun_at=as_of) == 1


@transaction.atomic
def settle_sent(message: Message, sender: str, as_of: datetime, provider_id: str = "") -> bool:
    """The provider has it: state and fact in one. False when the lease was lost; then another sender settles it.

    The commit doesn't wait for the disk: should the database's own machine fail within that half second, the row
    is still `sending`, as after a kill.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
    done = {"state": Message.State.SENT, "sent_at": as_of, "reason": "", "reply": ""}
    if not _settle(message, sender, **done, provider_id=provider_id):
        return False
    record([sent_fact(message, as_of)])
    return True


def settle_later(
    message: Message,
    sender: str,
    reply: str,
    settings: DeliverySettings,
    as_of: datetime,
    reason: str = reasons.TEMPORARY,
) -> None:
    """Try again after a wait that doubles with each attempt, from one minute to six hours; then give up."""
    if message.attempts >= settings.max_attempts:
        settle_failed(message, sender, reasons.GAVE_UP, reply)
        return
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** (message.attempts - 1)))
    due = as_of + wait * random.uniform(0.9, 1.1)  # noqa: S311 - spreads retries, guards nothing
    told = {"reason": reason, "reply": scrubbed(reply)}
    _settle(message, sender, state=Message.State.PLANNED, due_at=due, begun_at=None, **told)


def settle_failed(message: Message, sender: str, reason: str, reply: str = "") -> None:
    _settle(message, sender, state=Message.State.FAILED, reason=reason, reply=scrubbed(reply))


def settle_empty(message: Message, sender: str, empty: Sequence[str]) -> None:
    """Not sent: the letter would have had holes where these variables belong."""
    _settle(message, sender, state=Message.State.REFUSED, reason=reasons.EMPTY, empty=list(empty))


def settle_unknown(message: Message, sender: str, reply: str) -> None:
    """It was handed over and nobody knows whether it arrived: it isn't sent again by itself."""
    _settle(message, sender, state=Message.State.UNKNOWN, reason=reasons.UNKNOWN, reply=scrubbed(reply))


@transaction.atomic
def settle_refused_address(
    message: Message, sender: str, to: str, refused: Refused, contact: str, as_of: datetime
) -> None:
    """The provider says there is no such address: the message bounced, and the address isn't used again."""
    if _settle(message, sender, reply=scrubbed(refused.reply)):
        settle_bounce(message, refused.reason, as_of, contact=contact, addresses=[to])


def release(messages: Sequence[Held], sender: str, as_of: datetime, reply: str) -> None:
    """Give claimed messages back that nobody was told about: the provider is down. It costs them no attempt."""
    Message.objects.filter(
        pk__in=[held.message.pk for held in messages], state=Message.State.SENDING, sender=sender
    ).update(
        state=Message.State.PLANNED,
        due_at=as_of + timedelta(seconds=20),
        reason=reasons.SERVER_DOWN,
        reply=scrubbed(reply),
        sender="",
        begun_at=None,
        attempts=F("attempts") - 1,
    )


def _settle(message: Message, sender: str, **values: object) -> bool:
    """Compare and swap: only who holds the row settles it."""
    mine = Message.objects.filter(pk=message.pk, state=Message.State.SENDING, sender=sender)
    return mine.update(**values) == 1


def scrubbed(reply: str) -> str:
    """A provider's words without addresses and phone numbers in them, as the ledger keeps no contact values."""
    told = re.sub(r"[^\s<>@\"']+@[^\s<>@\"']+", "…@…", reply.replace("\0", ""))
    return re.sub(r"(?<!\d)(\+?86)?1\d{10}(?!\d)", "1…", told)[:500]
