"""The ledger: which messages are due, which of them may go out, and what came of each.

Every change is one transaction. `take` claims due rows (SKIP LOCKED, so senders never wait for each other) and
asks consent, address, quiet hours and the frequency cap; the cap is counted while holding the customer's row,
so two senders can't both find room for one. A claimed row is leased to its sender; when the sender dies, the
row is claimed again after the lease and goes out with the same Message-ID. As each result is committed by
itself, a killed sender leaves at most the one mail it was handing over in doubt: that one may go out twice, with
one Message-ID, by which receiving servers (our own too) drop the repeat.
"""

import random
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F

from zhiji.access.privacy import digest
from zhiji.flow.deliver import reasons
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.receipts import properties_of, rules_behind, settle_bounce
from zhiji.flow.deliver.variables import Addressee, gather
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import Consent, ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock
from zhiji.kernel.culprits import in_parts, said
from zhiji.kernel.facts import NewFact, record

log = structlog.get_logger()
LEASE = timedelta(seconds=120)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
LONGEST_WAIT = timedelta(hours=6)
COUNTED = [Message.State.PLANNED, Message.State.SENDING, Message.State.SENT, Message.State.BOUNCED]


@dataclass
class Held:
    """A message its sender may now hand over, to this address."""

    message: Message
    to: str


def anything_due(as_of: datetime) -> bool:
    """Whether a round would find work. Two looks at small indexes."""
    planned = Message.objects.filter(state=Message.State.PLANNED, due_at__lte=as_of, channel="email")
    dead = Message.objects.filter(state=Message.State.SENDING, leased_until__lt=as_of)
    return planned.exists() or dead.exists()


@transaction.atomic
def take(sender: str, settings: DeliverySettings, as_of: datetime, limit: int = 50) -> tuple[list[Held], int]:
    """Claim up to `limit` due messages. Answers those to send now, and how many rows were looked at."""
    messages = _claim(as_of, limit)
    if not messages:
        return [], 0
    roots = dict(Customer.objects.filter(pk__in={m.customer_id for m in messages}).values_list("pk", "root_id"))
    passed = _asked(messages, roots, settings, as_of)
    passed = _filled(passed, roots, settings)
    for held in passed:
        message = held.message
        message.state, message.reason = Message.State.SENDING, ""
        message.sender, message.leased_until = sender, as_of + LEASE
        message.counted_at = as_of
        message.attempts += 1
    Message.objects.bulk_update(
        messages,
        ["state", "reason", "reply", "due_at", "sender", "leased_until", "counted_at", "attempts", "variables"],
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


def _claim(as_of: datetime, limit: int) -> list[Message]:
    """Due rows, and rows whose sender died, locked; rows that another sender looks at are passed over."""
    rows = Message.objects.select_related("template", "entry").select_for_update(skip_locked=True, of=("self",))
    dead = list(rows.filter(state=Message.State.SENDING, leased_until__lt=as_of).order_by("leased_until")[:limit])
    due = rows.filter(state=Message.State.PLANNED, due_at__lte=as_of, channel="email").order_by("due_at", "id")
    return dead + list(due[: limit - len(dead)])


def _asked(messages: list[Message], roots: dict[int, int], settings: DeliverySettings, as_of: datetime) -> list[Held]:
    """Those that may go out now; the others get their state and reason."""
    wanted = sorted(set(roots.values()))
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))
    consents = _consents(wanted)
    addresses = contacts.values(wanted, "email")
    bounced = _bounced_digests(wanted)
    counted = _counted(wanted, as_of)
    passed = []
    for message in messages:
        root = roots[message.customer_id]
        to = addresses.get(root, "")
        why = _consent_problem(message, consents.get((root, message.purpose)))
        if not why and not to:
            why = reasons.BOUNCED_ADDRESS if root in bounced else reasons.NO_ADDRESS
        if not why and digest("email", to) in bounced.get(root, ()):
            why = reasons.BOUNCED_ADDRESS
        if not why and message.attempts >= settings.max_attempts:
            message.state, message.reason, message.sender = Message.State.FAILED, reasons.GAVE_UP, ""
            continue
        marketing = message.purpose == "marketing"
        if not why and marketing and (until := quiet_until(as_of, settings)):
            message.state, message.due_at, message.reason = Message.State.PLANNED, until, reasons.QUIET
            message.sender = ""
            continue
        if not why and marketing:
            counted[root].pop(message.pk, None)  # what is tried again takes its own place anew
            why = _cap_problem(counted[root].values(), settings, as_of)
            if not why:
                counted[root][message.pk] = as_of
        if why:
            message.state, message.reason, message.sender = Message.State.REFUSED, why, ""
            continue
        passed.append(Held(message, to))
    return passed


def _consents(roots: list[int]) -> dict[tuple[int, str], bool]:
    """What each root and the customers merged into it last said, by purpose."""
    rows = Consent.objects.filter(customer__root_id__in=roots, channel="email").order_by("at", "id")
    return {
        (root, purpose): granted
        for root, purpose, granted in rows.values_list("customer__root_id", "purpose", "granted")
    }


def _consent_problem(message: Message, granted: bool | None) -> str:
    """Marketing needs a consent that was given; service mail goes unless it was refused."""
    if granted is False:
        return reasons.REVOKED
    return reasons.NO_CONSENT if granted is None and message.purpose == "marketing" else ""


def _bounced_digests(roots: list[int]) -> dict[int, set[bytes]]:
    found: dict[int, set[bytes]] = defaultdict(set)
    points = ContactPoint.objects.filter(
        customer__root_id__in=roots, kind="email", state=ContactPoint.State.BOUNCED
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


def _cap_problem(times: Collection[datetime], settings: DeliverySettings, as_of: datetime) -> str:
    if sum(at > as_of - DAY for at in times) >= settings.cap_per_day:
        return reasons.CAP_DAY
    return reasons.CAP_WEEK if len(times) >= settings.cap_per_week else ""


def quiet_until(as_of: datetime, settings: DeliverySettings) -> datetime | None:
    """When the quiet hours that `as_of` falls in end, by the workspace's clock; None outside them."""
    start, end = settings.quiet_from, settings.quiet_until
    local = as_of.astimezone(clock.zone())
    now = local.time()
    quiet = start <= now < end if start <= end else now >= start or now < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if now >= end else 0)
    return datetime.combine(day, end, tzinfo=clock.zone()).replace(fold=local.fold)  # an hour that comes twice


def renew(held: Held, sender: str, as_of: datetime) -> bool:
    """Hold on for longer. False when the lease ran out and another sender took it."""
    mine = Message.objects.filter(pk=held.message.pk, state=Message.State.SENDING, sender=sender)
    return mine.update(leased_until=as_of + LEASE) == 1


@transaction.atomic
def settle_sent(message: Message, sender: str, as_of: datetime) -> bool:
    """The server has it: state and fact in one. False when the lease was lost; then another sender settles it.

    The commit doesn't wait for the disk: should the database's own machine fail within that half second, the row
    is still `sending` and the mail goes out again with the same Message-ID, as after a kill.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
    if not _settle(message, sender, state=Message.State.SENT, sent_at=as_of, reason="", reply=""):
        return False
    record([sent_fact(message, as_of)])
    return True


def sent_fact(message: Message, at: datetime) -> NewFact:
    return NewFact(
        name="message_sent",
        occurred_at=at,
        scope="deliver",
        key=f"sent:{message.pk}",
        customer_id=message.customer_id,
        properties=properties_of(message) | rules_behind(message),
    )


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
    _settle(message, sender, state=Message.State.PLANNED, due_at=due, reason=reason, reply=scrubbed(reply))


def settle_failed(message: Message, sender: str, reason: str, reply: str = "") -> None:
    _settle(message, sender, state=Message.State.FAILED, reason=reason, reply=scrubbed(reply))


def settle_empty(message: Message, sender: str, empty: Sequence[str]) -> None:
    """Not sent: the letter would have had holes where these variables belong."""
    _settle(message, sender, state=Message.State.REFUSED, reason=reasons.EMPTY, empty=list(empty))


@transaction.atomic
def settle_refused_address(message: Message, sender: str, to: str, reply: str, as_of: datetime) -> None:
    """The server says there is no such address: the message bounced, and the address isn't used again."""
    if _settle(message, sender, reply=scrubbed(reply)):
        settle_bounce(message, reasons.ADDRESS_REFUSED, as_of, addresses=[to])


def release(messages: Sequence[Held], sender: str, as_of: datetime, reply: str) -> None:
    """Give claimed messages back that nobody was told about: the server is down. It costs them no attempt."""
    Message.objects.filter(
        pk__in=[held.message.pk for held in messages], state=Message.State.SENDING, sender=sender
    ).update(
        state=Message.State.PLANNED,
        due_at=as_of + timedelta(seconds=20),
        reason=reasons.SERVER_DOWN,
        reply=scrubbed(reply),
        sender="",
        attempts=F("attempts") - 1,
    )


def _settle(message: Message, sender: str, **values: object) -> bool:
    """Compare and swap: only who holds the row settles it."""
    mine = Message.objects.filter(pk=message.pk, state=Message.State.SENDING, sender=sender)
    return mine.update(**values) == 1


def scrubbed(reply: str) -> str:
    """A server's words without addresses in them, as the ledger keeps no contact values."""
    return re.sub(r"[^\s<>@\"']+@[^\s<>@\"']+", "…@…", reply.replace("\0", ""))[:500]
