"""Mail that comes back to a message's return address: delivery reports (RFC 3464), and those without its fields.

The mail server of the sender's domain hands such a mail over by a pipe, as Postfix and Exim can:
`python -m zhiji.flow.deliver.returned <address it came to>`, the mail on standard input.
"""

import re
from email.utils import parseaddr
from typing import Literal

from django.db import transaction

from zhiji.flow.deliver import tokens
from zhiji.flow.deliver.channels.email import reasons
from zhiji.flow.deliver.channels.email.refusals import Fault, fault_of
from zhiji.flow.deliver.channels.email.reports import Report, complaint_in, reports_in
from zhiji.flow.deliver.ledger import scrubbed
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.receipts import held, settle_bounce
from zhiji.flow.profile.actions import set_consent
from zhiji.kernel import clock

REASONS: dict[Fault, str] = {
    "address": reasons.RETURNED,
    "mailbox": reasons.RETURNED_FOR_NOW,
    "rate": reasons.RETURNED_MAIL,
    "mail": reasons.RETURNED_MAIL,
}


def receive(raw: bytes, envelope_to: str) -> Literal["bounced", "complained", "delayed", "unknown", "not ours"]:
    """Take in a mail that came to a return address, or a provider's report that a receiver complained about ours.

    "complained": the customer wants no more of its kind, as if they had unsubscribed. "bounced": a report says that it
    failed, which is final whatever its status; the message is marked, with its fact, and its address where it is the
    address's fault; again is nothing new. "delayed": the report says that it still tries. "unknown": no report of
    failure (an out-of-office answer, a receipt), or of a message we no longer have. "not ours": no return address of
    ours, or one that somebody made up.
    """
    complained = complaint_in(raw)
    message_id = tokens.message_of(envelope_to) or tokens.message_of(complained or "")
    if message_id is None:
        return "not ours"
    if complained is not None:
        return _complained(message_id)
    reports = reports_in(raw)
    failed = next((one for one in reports if one.action == "failed"), None)
    if failed is None:
        return "delayed" if any(one.action == "delayed" for one in reports) else "unknown"
    with transaction.atomic():
        message = held(message_id)
        if message is None:
            return "unknown"
        _settle(message, failed)
    return "bounced"


def _complained(message_id: int) -> Literal["complained", "unknown"]:
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return "unknown"
    set_consent(
        customer_ids=[message.customer_id],
        channel=message.channel,
        purpose=message.purpose,
        granted=False,
        by=None,
        proof="complaint",
        cause=f"message {message.pk}",
    )
    return "complained"


def _settle(message: Message, failed: Report) -> None:
    words = f"{failed.status} {failed.words}"
    fault = fault_of(words)
    settle_bounce(
        message,
        REASONS[fault],
        clock.now(),
        contact="email",
        addresses=[parseaddr(one)[1].lower() for one in failed.recipients],
        reply=scrubbed(re.sub(r"\s+", " ", words).strip()),
        spares_address=fault != "address",
    )
