"""What comes back: opens, clicks, bounces. Each is a fact, recorded in the transaction of its change."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from zhiji.access.audit import audit
from zhiji.access.privacy import digest
from zhiji.flow.act.chain import carried
from zhiji.flow.act.models import Rule
from zhiji.flow.deliver.channel import Channel, Receipt, Reply
from zhiji.flow.deliver.models import InboundSeen, Message
from zhiji.flow.profile.actions import set_consent
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.facts import NewFact, record

PROXIES = ("GoogleImageProxy", "YahooMailProxy", "Mimecast", "Barracuda", "bingbot", "Proofpoint", "QQMail")


def is_proxy(agent: str, purpose: str) -> bool:
    """Whether a machine fetched it rather than a person: known mail proxies and scanners, and prefetching.

    Apple's Mail Privacy Protection fetches every picture under an ordinary name and can't be told from a
    person; so opens are an upper bound, and clicks are what rules should rely on.
    """
    return "prefetch" in purpose.lower() or "preview" in purpose.lower() or any(one in agent for one in PROXIES)


@transaction.atomic
def opened(message: Message, *, at: datetime, proxy: bool, via: str = "pixel") -> None:
    """Record an open; within a minute a second one is the same fact."""
    Message.objects.filter(pk=message.pk).update(opened_at=Coalesce("opened_at", Value(at)))
    _record(message, "message_opened", at, f"opened:{message.pk}:{_minute(at)}", proxy=proxy, via=via)


@transaction.atomic
def clicked(message: Message, *, index: int, at: datetime, proxy: bool) -> None:
    """Record a click on the link at `index`; who clicks has opened, even where pictures are blocked."""
    if message.opened_at is None:
        opened(message, at=at, proxy=proxy, via="click")
    Message.objects.filter(pk=message.pk).update(clicked_at=Coalesce("clicked_at", Value(at)))
    key = f"clicked:{message.pk}:{index}:{_minute(at)}"
    _record(message, "message_clicked", at, key, url=message.links[index], proxy=proxy)


def reported(channel: Channel, receipt: Receipt) -> None:
    """Take a provider's receipt in, in the caller's transaction. Again, or too late to change anything, is nothing.

    Delivered is final: a failure that is told after it is out of order. One that was told before it was wrong. What we
    weren't sure of has gone out then, whatever the receipt says.
    """
    message = held(receipt.message_id)
    if message is None or message.channel != channel.key or message.delivered_at is not None:
        return
    began = message.sent_at or message.begun_at
    if began is None:
        return
    at = max(receipt.at, began)  # providers' clocks tell whole seconds
    if message.state in (Message.State.UNKNOWN, Message.State.SENDING) and message.begun_at is not None:
        record([sent_fact(message, message.begun_at)])
        Message.objects.filter(pk=message.pk).update(sent_at=Coalesce("sent_at", Value(message.begun_at)))
    if receipt.refused is not None:
        settle_bounce(
            message,
            receipt.refused.reason,
            at,
            contact=channel.contact,
            addresses=[receipt.value] if receipt.value else [],
            reply=receipt.refused.reply,
            spares_address=receipt.refused.about != "address",
        )
        if receipt.refused.about == "customer":
            suppress(message, receipt.refused.reason)
        return
    Message.objects.filter(pk=message.pk).update(state=Message.State.SENT, reason="", delivered_at=at, bounced_at=None)
    _record(message, "message_delivered", at, f"delivered:{message.pk}", **rules_behind(message))


def replied(channel: Channel, reply: Reply) -> None:
    """Take a customer's answer in, in the caller's transaction: who asks to stop gets no more marketing over it."""
    _row, new = InboundSeen.objects.get_or_create(channel=channel.key, key=reply.key[:200], defaults={"at": reply.at})
    if not new:
        return
    found = ContactPoint.objects.filter(kind=channel.contact, digest=digest(channel.contact, reply.value))
    roots = sorted(set(found.values_list("customer__root_id", flat=True)))
    if reply.stop and roots:
        set_consent(
            customer_ids=roots,
            channel=channel.key,
            purpose="marketing",
            granted=False,
            by=None,
            proof="reply",
            cause=f"reply {reply.key}",
        )


def suppress(message: Message, why: str) -> None:
    """The provider knows that they want no more of it."""
    set_consent(
        customer_ids=[message.customer_id],
        channel=message.channel,
        purpose=message.purpose,
        granted=False,
        by=None,
        proof=why,
        cause=f"message {message.pk}",
    )


def held(message_id: int) -> Message | None:
    """A message, kept from change by others until the transaction ends."""
    Message.objects.select_for_update().filter(pk=message_id).values_list("pk").first()
    return Message.objects.filter(pk=message_id).first()


def settle_bounce(
    message: Message,
    reason: str,
    at: datetime,
    *,
    contact: str,
    addresses: Sequence[str] = (),
    reply: str = "",
    spares_address: bool = False,
) -> None:
    """Mark a message bounced, with the fact, in the caller's transaction; a second time is nothing.

    Those of the customer's contact points of this kind that are among `addresses` (the newest when none is known)
    aren't used any more, unless it wasn't the address's fault.
    """
    done = Message.objects.filter(pk=message.pk).exclude(state=Message.State.BOUNCED)
    changes: dict[str, object] = {"state": Message.State.BOUNCED, "reason": reason, "bounced_at": at}
    if reply:
        changes["reply"] = reply
    if not done.update(**changes):
        return
    if not spares_address:
        _stop_using(message, contact, addresses)
    _record(message, "message_bounced", at, f"bounced:{message.pk}", reason=reason, **rules_behind(message))
    audit("message bounced", message, by=None, reason=reason)


def _stop_using(message: Message, contact: str, addresses: Sequence[str]) -> None:
    root = Customer.objects.values_list("root_id", flat=True).get(pk=message.customer_id)
    points = ContactPoint.objects.filter(customer__root_id=root, kind=contact)
    if addresses:
        points = points.filter(digest__in=[digest(contact, one) for one in addresses])
    else:
        points = points.filter(pk__in=points.order_by("-seen_at").values("pk")[:1])
    points.update(state=ContactPoint.State.BOUNCED)


def sent_fact(message: Message, at: datetime) -> NewFact:
    return NewFact(
        name="message_sent",
        occurred_at=at,
        scope="deliver",
        key=f"sent:{message.pk}",
        customer_id=message.customer_id,
        properties=properties_of(message) | rules_behind(message),
    )


def rules_behind(message: Message) -> dict[str, object]:
    """The rules that led to a message, for the loop guard. Opens and clicks are the customer's own doing: without."""
    return carried(message.entry) if message.entry is not None else {}


def properties_of(message: Message) -> dict[str, object]:
    """What every fact about a message says of it; nothing personal."""
    return {
        "message": message.pk,
        "channel": message.channel,
        "purpose": message.purpose,
        "template": message.template.key if message.template else None,
        "rule_id": message.rule_id,
        "rule": Rule.objects.values_list("key", flat=True).get(pk=message.rule_id) if message.rule_id else None,
        "entry_id": message.entry_id,
    }


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)


def _record(message: Message, name: str, at: datetime, key: str, **more: object) -> None:
    properties = {**properties_of(message), **more}
    record([NewFact(name, at, "deliver", key, properties, customer_id=message.customer_id)])
