"""The demo's mail server: receives everything on loopback, keeps it for the mailbox page, sends nothing on.

A mail is kept durably before it is answered for, and a repeat of a Message-ID is dropped, as receiving servers do.
It also plays the unpleasant ones: @bounce.example doesn't know anybody, @later-bounce.example accepts and
returns a delivery report, @slow.example puts the first attempt off (greylisting).

Run it by `python -m zhiji.flow.deliver.channels.email.mailserver` or `run(host, port)`.
"""

import asyncio
import contextlib
import hashlib
import signal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.policy import default
from email.utils import make_msgid
from typing import Any

import psycopg
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

log = structlog.get_logger()
REFUSED, RETURNED, SLOW = "@bounce.example", "@later-bounce.example", "@slow.example"
LARGEST = 10 * 1024 * 1024

KEEP = """
INSERT INTO deliver_receivedmail (message_id, envelope_from, envelope_to, subject, raw)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (message_id) DO UPDATE SET repeats = deliver_receivedmail.repeats + 1
"""


class Store:
    """Keeps mails by group commit: those that come at once share a transaction."""

    def __init__(self) -> None:
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def keep(self, row: tuple[Any, ...]) -> None:
        """Returns when the mail is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                connection = await self._connected()
                async with connection.transaction(), connection.cursor() as cursor:
                    await cursor.executemany(KEEP, [row for row, _ in batch])
            except Exception as error:  # the sender is told and tries again
                log.warning("mail not kept", error=str(error))
                await self.close()
                for _, done in batch:
                    if not done.done():
                        done.set_exception(ConnectionError(str(error)))
                continue
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            from django.db import connection as django_connection

            parameters = django_connection.get_connection_params()
            names = ("dbname", "user", "password", "host", "port")
            self._connection = await psycopg.AsyncConnection.connect(
                **{name: parameters[name] for name in names if parameters.get(name)}, autocommit=True
            )
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None


class Handler:
    """What the server says at each step of a conversation."""

    def __init__(self) -> None:
        self.store = Store()
        self._seen: set[tuple[str, str]] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower().endswith(REFUSED):
            return "550 5.1.1 No such user here"
        if address.lower().endswith(SLOW):
            pair = (envelope.mail_from or "", address)
            if pair not in self._seen:
                self._seen.add(pair)
                return "451 4.7.1 Greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        try:
            for address in envelope.rcpt_tos:
                await self.take(raw, envelope.mail_from or "", address)
        except ConnectionError:
            return "451 4.3.0 Mailbox not available, try again later"
        return "250 OK"

    async def take(self, raw: bytes, envelope_from: str, address: str) -> None:
        """Keep a mail, or hand a delivery report to who waits for it. Raises ConnectionError."""
        if address.lower().startswith("bounce+"):
            from zhiji.flow.deliver.channels.email.bounces import receive

            outcome = await asyncio.to_thread(_with_connection_closed, receive, raw, address)
            log.info("returned mail", outcome=outcome)
            return
        head = message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=default)
        mark = (
            str(head.get("Message-ID", "")).strip() or f"<{hashlib.blake2b(raw, digest_size=16).hexdigest()}@unmarked>"
        )
        await self.store.keep((mark, envelope_from, address, str(head.get("Subject", "")), raw))
        if address.lower().endswith(RETURNED) and envelope_from:
            await self.take(report(envelope_from, address), "", envelope_from)


def _with_connection_closed(function: Any, *arguments: Any) -> Any:
    from django.db import connection

    try:
        return function(*arguments)
    finally:
        connection.close()


def report(to: str, failed: str) -> bytes:
    """A delivery report (RFC 3464) that says the mailbox of `failed` is gone."""
    notice = EmailMessage(policy=WIRE)
    notice.set_content(f"Your mail to {failed} could not be delivered.\n")
    status = (
        "Reporting-MTA: dns; later-bounce.example\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 The mailbox is gone\r\n"
    )
    border = "=_report_of_the_demo"
    head = (
        f"From: Mail Delivery System <mailer-daemon@later-bounce.example>\r\nTo: {to}\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: {make_msgid(domain='later-bounce.example')}\r\n"
        f"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; "
        f'report-type=delivery-status; boundary="{border}"\r\n\r\n'
    )
    body = (
        f"--{border}\r\n{notice.as_string()}\r\n--{border}\r\nContent-Type: message/delivery-status\r\n\r\n{status}"
        f"\r\n--{border}--\r\n"
    )
    return (head + body).encode()


async def serve(host: str, port: int, stop: asyncio.Event) -> None:
    """Receive until `stop` is set. Raises OSError when the port is taken."""
    handler = Handler()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="zhiji-demo", data_size_limit=LARGEST, enable_SMTPUTF8=True), host, port
    )
    log.info("mail server receives", host=host, port=server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    await handler.store.close()


def run(host: str, port: int) -> None:
    """The process: until SIGTERM or SIGINT. Django must be set up."""

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(host, port, stop)

    asyncio.run(main())


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")
    django.setup()
    from zhiji.flow.deliver.channels.email.smtp import demo_address

    run(*demo_address())
