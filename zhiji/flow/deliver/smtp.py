"""The line to the mail server: one kept SMTP connection, and what its answers mean.

smtplib, as a sender is a thread of its own that holds one conversation at a time; no event loop is needed.
DKIM signing is left to the mail server that `ZHIJI_SMTP_URL` names, as every relay does it by the sender's domain.
"""

import smtplib
import ssl
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from django.conf import settings

from zhiji.flow.deliver.refusals import fault_of

TIMEOUT = 20.0  # seconds, of each step of the conversation
IDLE = 15.0  # seconds after which a kept connection is given up
DEMO_PORT_OFFSET = 25


class ServerDown(Exception):
    """The mail server can't be reached or won't talk; nothing was handed over. Retry later."""


@dataclass(frozen=True)
class Answer:
    """What the server made of one mail. `reply` is its words, e.g. "550 5.1.1 no such user".

    `unknown` says that the line broke after the mail was handed over: it may have been taken.
    """

    kind: Literal["taken", "later", "no_such_address", "mailbox_refused", "refused", "unknown"]
    reply: str = ""


def demo_address() -> tuple[str, int]:
    """Where the demo's own mail server listens: loopback, 25 above the web server's port."""
    return "127.0.0.1", settings.OPTIONS.port + DEMO_PORT_OFFSET


def server_url() -> str:
    """The mail server to hand mail to, or "" when none is set up. The demo always uses its own."""
    if settings.DEMO:
        host, port = demo_address()
        return f"smtp://{host}:{port}"
    url: str = settings.OPTIONS.smtp_url
    return url


class Line:
    """A kept connection to `url` (smtp://user:password@host:port, smtps://…; STARTTLS whenever it is offered)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._smtp: smtplib.SMTP | None = None
        self._used = 0.0

    def ready(self) -> None:
        """Connect if need be. Raises ServerDown with the reason."""
        self.rest()
        if self._smtp is None:
            try:
                self._smtp = self._connect()
            except (smtplib.SMTPException, OSError) as error:
                raise ServerDown(f"{type(error).__name__}: {error}") from error
            self._used = time.monotonic()

    def rest(self) -> None:
        """Hang up when nothing was said for a while: servers end idle connections, and not always politely."""
        if self._smtp is not None and time.monotonic() - self._used > IDLE:
            self.close()

    def send(self, envelope_from: str, to: str, mail: bytes) -> Answer:
        """Hand one mail over. Raises ServerDown when the line is dead before anything was said."""
        smtp, code, reply = self._begin(envelope_from)
        self._used = time.monotonic()
        try:
            if code == 250:
                code, reply = smtp.rcpt(to)
                if code not in (250, 251):
                    smtp.rset()
                    return _judged(code, reply, recipient=True)
                code, reply = smtp.data(mail)
            if code != 250:
                smtp.rset()
                return _judged(code, reply, recipient=False)
        except smtplib.SMTPDataError as error:
            return _judged(error.smtp_code, error.smtp_error, recipient=False)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer("unknown", f"{type(error).__name__}: {error}")
        return Answer("taken", _text(code, reply))

    def _begin(self, envelope_from: str) -> tuple[smtplib.SMTP, int, bytes]:
        """The first words of a mail; on a kept line that turns out to be dead, once more on a new one."""
        while True:
            kept = self._smtp is not None
            self.ready()
            smtp = self._smtp
            assert smtp is not None  # noqa: S101 - ready() connects or raises
            try:
                return (smtp, *smtp.mail(envelope_from))
            except (smtplib.SMTPException, OSError) as error:
                self.close()
                if not kept:
                    raise ServerDown(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or "127.0.0.1"
        if parts.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
            smtp.ehlo_or_helo_if_needed()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        return smtp


def _text(code: int, reply: bytes | str) -> str:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(words.split())}"


def _judged(code: int, reply: bytes | str, *, recipient: bool) -> Answer:
    """4xx is for later, and so is too much at once; else a refusal at the recipient may be the address's fault."""
    text = _text(code, reply)
    fault = fault_of(text)
    if 400 <= code < 500 or code == -1 or fault == "rate":
        return Answer("later", text)
    if recipient and fault == "address":
        return Answer("no_such_address", text)
    return Answer("mailbox_refused" if fault == "mailbox" else "refused", text)
