"""The line to the mail server: one kept SMTP connection, and what its answers mean.

smtplib, as a sender is a thread of its own that holds one conversation at a time; no event loop is needed.
DKIM signing is left to the mail server that `ZHIJI_SMTP_URL` names, as every relay does it by the sender's domain.
"""

import smtplib
import ssl
import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from zhiji.flow.deliver.channel import Down
from zhiji.flow.deliver.channels.email.refusals import fault_of

TIMEOUT = 20.0  # seconds, of each step of the conversation
IDLE = 15.0  # seconds after which a kept connection is given up
DEMO_PORT_OFFSET = 25
SIGN_IN = (530, 534, 535, 538)
"""What a server answers that wants a sign-in, another one, or encryption first: ours to set up, no mail's fault."""
Stage = Literal["mail", "rcpt", "content"]


class ServerDown(Down):
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
    """A kept connection to `url` (smtp://user:password@host:port, smtps://…; STARTTLS whenever it is offered).

    A password is said only over an encrypted line, or to a server on this machine.
    """

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
                raise ServerDown(_said(error)) from error
            self._used = time.monotonic()

    def rest(self) -> None:
        """Hang up when nothing was said for a while: servers end idle connections, and not always politely."""
        if self._smtp is not None and time.monotonic() - self._used > IDLE:
            self.close()

    def address(self, envelope_from: str, to: str) -> Answer | None:
        """Say from whom and to whom; None: the mail may be handed over now. Raises ServerDown when the line is dead
        before anything was said, and when the server wants another sign-in than ours.
        """
        smtp, code, reply = self._begin(envelope_from)
        self._used = time.monotonic()
        stage: Stage = "mail"
        try:
            if _taken(code):
                stage, (code, reply) = "rcpt", smtp.rcpt(to)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer("later", _said(error))
        if _taken(code):
            return None
        self.take_back()
        if code in SIGN_IN:
            raise ServerDown(_text(code, reply))
        return _judged(code, reply, stage)

    def hand_over(self, mail: bytes) -> Answer:
        """Hand over the mail that was addressed."""
        assert self._smtp is not None  # noqa: S101 - address() left it open
        try:
            code, reply = self._smtp.data(mail)
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, error.smtp_error  # type: ignore[assignment]
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer("unknown", _said(error))
        if _taken(code):
            return Answer("taken", _text(code, reply))
        self.take_back()
        return _judged(code, reply, "content")

    def send(self, envelope_from: str, to: str, mail: bytes) -> Answer:
        """Both at once."""
        return self.address(envelope_from, to) or self.hand_over(mail)

    def take_back(self) -> None:
        """Forget the mail that was begun; a line that ends over this is simply over."""
        try:
            if self._smtp is not None:
                self._smtp.rset()
        except (smtplib.SMTPException, OSError):
            self.close()

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
                    raise ServerDown(_said(error)) from error

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
        try:
            smtp.ehlo_or_helo_if_needed()
            if parts.scheme != "smtps" and smtp.has_extn("starttls"):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo_or_helo_if_needed()
            if parts.username:
                if not (isinstance(smtp.sock, ssl.SSLSocket) or stays_here(smtp)):
                    raise ServerDown(_("邮件服务器不提供加密，密码没有发出；请改用 smtps:// 或支持 STARTTLS 的端口"))
                smtp.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            smtp.close()
            raise
        return smtp


def stays_here(smtp: smtplib.SMTP) -> bool:
    """Whether what is said to this server never leaves the machine."""
    assert smtp.sock is not None  # noqa: S101 - it is connected
    return ip_address(smtp.sock.getpeername()[0]).is_loopback


def _taken(code: int) -> bool:
    return 200 <= code < 300


def _text(code: int, reply: bytes | str) -> str:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(words.split())}"


def _said(error: Exception) -> str:
    """The server's own words where there are some."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _text(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _judged(code: int, reply: bytes | str, stage: Stage) -> Answer:
    """4xx is for later, and so is too much at once; else a refusal of the recipient may be the address's fault, and one
    of the content is, when its words say so: each mail has one recipient.
    """
    text = _text(code, reply)
    fault = fault_of(text)
    if 400 <= code < 500 or code == -1 or fault == "rate":
        return Answer("later", text)
    if fault == "address" and (stage == "rcpt" or (stage == "content" and fault_of(text[4:]) == "address")):
        return Answer("no_such_address", text)
    return Answer("mailbox_refused" if fault == "mailbox" else "refused", text)
