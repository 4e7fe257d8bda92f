"""Mails to those who work here, over the same mail server: no customer, no consent, no tracking."""

import hashlib
from collections.abc import Callable
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from django.utils.translation import gettext as _

from zhiji.flow.deliver.channels.email import letter, smtp
from zhiji.flow.deliver.queries import delivery_settings
from zhiji.kernel import clock
from zhiji.work.notices.mail import NoMail, Sent, StaffLetter


def send(mail: StaffLetter, begin: Callable[[], bool]) -> tuple[Sent, str]:
    """Hand it over by a conversation of its own. Raises NoMail."""
    url = smtp.server_url()
    if not url:
        raise NoMail(_("没有设置邮件服务器"))
    line = smtp.Line(url)
    try:
        settings = delivery_settings()
        try:
            content = mime(mail)
        except ValueError as bad:
            return "refused", str(bad)
        answer = line.address(settings.sender_address, mail.to)
        if answer is None:
            if not begin():
                return "taken", ""
            answer = line.hand_over(content)
    except smtp.ServerDown as down:
        raise NoMail(str(down)) from down
    finally:
        line.close()
    kinds: dict[str, Sent] = {"taken": "sent", "later": "later", "unknown": "unknown"}
    return kinds.get(answer.kind, "refused"), answer.reply


def mime(mail: StaffLetter) -> bytes:
    """It as it goes over the wire; a repeat has the same Message-ID. Raises ValueError for a bad address."""
    settings = delivery_settings()
    mark = hashlib.blake2b(f"staff {mail.key} {mail.to}".encode(), digest_size=16).hexdigest()
    whole = MIMEMultipart("alternative", policy=letter.WIRE)
    whole["From"] = letter.header_address(settings.sender_name, settings.sender_address)
    whole["To"] = letter.header_address("", mail.to)
    whole["Subject"] = Header(mail.subject, "utf-8")  # type: ignore[assignment]
    whole["Date"] = format_datetime(clock.now())
    whole["Message-ID"] = f"<{mark}@{letter.domain_of(settings)}>"
    whole["Auto-Submitted"] = "auto-generated"
    whole.attach(MIMEText(mail.text, "plain", "utf-8", policy=letter.WIRE))
    whole.attach(MIMEText(mail.html, "html", "utf-8", policy=letter.WIRE))
    return whole.as_bytes()
