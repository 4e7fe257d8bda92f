"""Mail that comes back: delivery reports (RFC 3464) to a message's return address.

The mail server of the sender's domain hands such a mail over by a pipe, as Postfix and Exim can:
`python -m zhiji.flow.deliver.returned <address it came to>`, the mail on standard input.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from typing import Literal

from django.db import transaction

from zhiji.flow.deliver import reasons, tokens
from zhiji.flow.deliver.ledger import scrubbed
from zhiji.flow.deliver.models import Message
from zhiji.flow.deliver.receipts import settle_bounce
from zhiji.kernel import clock


@dataclass(frozen=True)
class Report:
    """What a delivery report says of one recipient. `status` as in RFC 3463, such as "5.1.1"."""

    action: str
    status: str
    recipient: str
    words: str


def receive(raw: bytes, envelope_to: str) -> Literal["bounced", "delayed", "unknown", "not ours"]:
    """Take in a mail that came to a return address.

    "bounced": the message is marked, with its address and fact; again is nothing new. "delayed": the report says
    that it still tries. "unknown": no delivery report (an out-of-office answer), or of a message we no longer
    have. "not ours": no return address of ours, or one that somebody made up.
    """
    message_id = tokens.message_of(envelope_to)
    if message_id is None:
        return "not ours"
    reports = reports_in(message_from_bytes(raw, policy=default))
    failed = next((one for one in reports if one.action == "failed" and one.status.startswith("5")), None)
    if failed is None:
        return "delayed" if reports else "unknown"
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).filter(pk=message_id).first()
        if message is None:
            return "unknown"
        reply = scrubbed(f"{failed.status} {failed.words}".strip())
        settle_bounce(message, reasons.RETURNED, clock.now(), address=failed.recipient, reply=reply)
    return "bounced"


def reports_in(mail: Mail) -> list[Report]:
    """The per-recipient parts of a `multipart/report`; none when it is another kind of mail."""
    if mail.get_content_type() != "multipart/report":
        return []
    found = []
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        for block in payload if isinstance(payload, list) else []:
            if isinstance(block, Mail) and block.get("Action"):
                found.append(
                    Report(
                        action=str(block["Action"]).strip().lower(),
                        status=str(block.get("Status", "")).strip(),
                        recipient=_after_type(str(block.get("Final-Recipient", ""))),
                        words=_after_type(str(block.get("Diagnostic-Code", ""))),
                    )
                )
    return found


def _after_type(field: str) -> str:
    """The value of a `type; value` field."""
    return field.partition(";")[2].strip()
