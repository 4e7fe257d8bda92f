"""What a returned mail reports: the fields of RFC 3464, wherever a server puts them, else its words.

Postfix, Exchange and most others send `multipart/report`. QQ, NetEase and many Coremail servers write to people:
a mail from a postmaster with 退信 in its subject and the far server's answer in its text; Exim and qmail likewise.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import parseaddr
from html import unescape

LONGEST = 200_000  # characters of a mail's text that are looked at
_FIELDS = ("action", "status", "diagnostic-code", "final-recipient", "original-recipient")
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "maildaemon", "mailerdaemon")
_FAILURE = re.compile(
    r"退信|退回|退件|无法(投递|送达|发送)|未能?(投递|送达)|(投递|发送|寄送)失败|undeliver|non.?delivery|failure notice"
    r"|delivery (status notification|failure|failed|has failed)|delivery to .* failed|returned mail"
    r"|mail delivery failed",
    re.IGNORECASE,
)
_DELAY = re.compile(r"delay|延迟|延误|(will|still) (be )?(keep )?(retry|trying|retried)|尚未送达", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@\"'（），。：；:;,()]+@[\w.-]+\.[\w-]+")
_ANSWER = re.compile(r"\b[45]\d\d[ \-#].{0,300}|(原因|说明|reason)[^：:]{0,10}[：:].{0,300}", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """What became of the mail for one recipient. `action` and `status` as in RFC 3464, such as "failed", "5.1.1".

    `recipients`: the addresses that may be meant, ours as well as where it was forwarded to.
    """

    action: str
    status: str
    recipients: tuple[str, ...]
    words: str


def reports_in(raw: bytes) -> list[Report]:
    """What a mail reports, per recipient; nothing when it reports nothing (an answer, a reading receipt)."""
    mail = message_from_bytes(raw)
    blocks = [block for part in mail.walk() for block in _blocks(part)]
    found = [report for block in blocks if (report := _of_fields(block)) is not None]
    if found:
        return found
    spoken = _of_words(mail)
    return [spoken] if spoken else []


COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")
"""Of the feedback that a provider reports (RFC 5965), what says: no more of this."""


def complaint_in(raw: bytes) -> str | None:
    """The return address of the mail that its receiver complained of, "" where that isn't said; None: no complaint."""
    for part in message_from_bytes(raw).walk():
        payload = part.get_payload()
        if part.get_content_type() == "message/feedback-report":
            told = payload[0] if isinstance(payload, list) and isinstance(payload[0], Mail) else part
            fields = told if told.get("Feedback-Type") else message_from_string(_text(part) or str(told.get_payload()))
            if _field(fields, "feedback-type").strip().lower() in COMPLAINTS:
                return _field(fields, "original-mail-from").strip().strip("<>")
    return None


def _blocks(part: Mail) -> list[Mail]:
    """The groups of fields in a delivery status, also where it is encoded or sent as plain text."""
    kind = part.get_content_type()
    if kind in ("message/delivery-status", "message/global-delivery-status"):
        payload = part.get_payload()
        blocks = [one for one in payload if isinstance(one, Mail)] if isinstance(payload, list) else []
        if any(block.get("Action") or block.get("Status") for block in blocks):
            return blocks
        return _split(_decoded("\n\n".join(block.as_string() for block in blocks) or str(payload)))
    if kind in ("text/plain", "text/rfc822-headers"):
        text = _text(part)
        return _split(text) if re.search(r"(?im)^final-recipient:", text) else []
    return []


def _split(text: str) -> list[Mail]:
    return [message_from_string(block.strip()) for block in re.split(r"\r?\n\s*\r?\n", text) if ":" in block]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _of_fields(block: Mail) -> Report | None:
    """A block about a recipient. Without an action the status tells; a block about the whole mail is none."""
    told = {name: _field(block, name) for name in _FIELDS}
    recipients = tuple(filter(None, (_after_type(told[name]) for name in ("original-recipient", "final-recipient"))))
    if not recipients:
        return None
    found = re.search(r"[245]\.\d{1,3}\.\d{1,3}", told["status"]) or re.search(
        r"\b[245]\.\d{1,3}\.\d{1,3}\b", told["diagnostic-code"]
    )
    status = found[0] if found else ""
    action = re.sub(r"[^a-z].*", "", told["action"].strip().lower())
    if not action:
        action = {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")
    return Report(action, status, recipients, _after_type(told["diagnostic-code"]))


def _of_words(mail: Mail) -> Report | None:
    """A returned mail that speaks to people: who sends it and its subject say that it is one."""
    sender = parseaddr(_field(mail, "from"))[1].lower().partition("@")[0]
    subject, failed = _field(mail, "subject"), _field(mail, "x-failed-recipients")
    if not failed and not (sender in _DAEMONS or (not sender and _FAILURE.search(subject))):
        return None
    text = _spoken(mail)
    if not failed and not _FAILURE.search(f"{subject}\n{text[:2000]}"):
        return Report("delayed", "", (), "") if _DELAY.search(f"{subject}\n{text[:2000]}") else None
    if _DELAY.search(subject):
        return Report("delayed", "", (), "")
    answers = [found[0].strip() for found in _ANSWER.finditer(text)]
    words = " · ".join(answers[:3]) or " ".join(text.split())[:300]
    status = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", words)
    recipients = dict.fromkeys([*(one.strip() for one in failed.split(",") if one.strip()), *_ADDRESS.findall(text)])
    return Report("failed", status[0] if status else "", tuple(recipients)[:20], words)


def _spoken(mail: Mail) -> str:
    """The text of a mail for people, without the mail that it returns."""
    if mail.get_content_type() == "message/rfc822":
        return ""
    if mail.is_multipart():
        return "\n".join(_spoken(part) for part in mail.get_payload() if isinstance(part, Mail))
    if mail.get_content_type() == "text/html":
        bare = re.sub(r"(?is)<(style|script)\b.*?</\1>|<br[^>]*>|</(p|div|tr|td|li)>", "\n", _text(mail))
        return unescape(re.sub(r"<[^>]*>", "", bare))
    return _text(mail) if mail.get_content_maintype() == "text" else ""


def _text(part: Mail) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "gb18030"):
        try:
            return content.decode(charset)[:LONGEST]
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", "replace")[:LONGEST]


def _field(block: Mail, name: str) -> str:
    value = block.get(name, "")
    try:
        return str(make_header(decode_header(str(value))))
    except (ValueError, LookupError):
        return str(value)


def _after_type(field: str) -> str:
    """The value of a `type; value` field."""
    return (field.partition(";")[2] if ";" in field else field).strip().strip("<>")
