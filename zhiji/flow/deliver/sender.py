"""The senders: each a loop with its own connection, taking what is due from the ledger and handing it over."""

import threading
import uuid
from datetime import timedelta

import structlog

from zhiji.flow.deliver import ledger, letter, queries, reasons, smtp, tokens
from zhiji.flow.deliver.ledger import Held
from zhiji.flow.deliver.models import DeliverySettings
from zhiji.flow.deliver.sandbox import TemplateRefused
from zhiji.kernel import clock
from zhiji.kernel.loops import beat

log = structlog.get_logger()
NEARLY_OVER = timedelta(seconds=smtp.TIMEOUT * 2)


class Sender:
    """One sender: a name in the ledger and a kept line. Use it from one thread only."""

    def __init__(self, name: str = "") -> None:
        self.name = name or uuid.uuid4().hex
        self._line: smtp.Line | None = None
        self._trouble: str | None = None

    def round(self, limit: int = 50) -> bool:
        """Send up to `limit` due messages. False when there was nothing to do, or no server to do it with."""
        url = smtp.server_url()
        if not url or not ledger.anything_due(clock.now()):
            if self._line is not None:
                self._line.rest()
            return False
        if not self._connected(url):
            return False
        settings = queries.delivery_settings()
        passed, looked_at = ledger.take(self.name, settings, clock.now(), limit)
        for place, held in enumerate(passed):
            try:
                self._deliver(held, settings)
            except smtp.ServerDown as error:
                ledger.release(passed[place:], self.name, clock.now(), str(error))
                break
        return looked_at > 0

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def _connected(self, url: str) -> bool:
        if self._line is None or self._line.url != url:
            self._line = smtp.Line(url)
        try:
            self._line.ready()
        except smtp.ServerDown as error:
            self._say(str(error))
            return False
        self._say("")
        return True

    def _say(self, trouble: str) -> None:
        """Keep for the pages why nothing goes out."""
        if trouble != self._trouble:
            log.warning("mail server", trouble=trouble or "answers again")
            beat("mail server", trouble=trouble)
            self._trouble = trouble

    def _deliver(self, held: Held, settings: DeliverySettings) -> None:
        message = held.message
        now = clock.now()
        short = message.leased_until is None or message.leased_until - now < NEARLY_OVER
        if short and not ledger.renew(held, self.name, now):
            return
        try:
            filled = letter.fill(queries.wording_of(message), message.variables, settings, message_id=message.pk)
            mail = letter.mime(filled, message, held.to, settings, now).as_bytes()
        except TemplateRefused as error:
            return ledger.settle_failed(message, self.name, reasons.TEMPLATE, str(error))
        except (ValueError, IndexError, UnicodeError):
            return ledger.settle_failed(message, self.name, reasons.BAD_ADDRESS)
        if filled.links != message.links or filled.subject != message.subject:
            message.links, message.subject = filled.links, filled.subject
            message.save(update_fields=["links", "subject"])
        envelope_from = tokens.return_address(message.pk, letter.domain_of(settings))
        assert self._line is not None  # noqa: S101 - round() connects first
        self._settle(held, self._line.send(envelope_from, held.to, mail), settings)

    def _settle(self, held: Held, answer: smtp.Answer, settings: DeliverySettings) -> None:
        now = clock.now()
        if answer.kind == "taken":
            ledger.settle_sent(held.message, self.name, now)
        elif answer.kind in ("later", "unknown"):
            ledger.settle_later(held.message, self.name, answer.reply, settings, now)
        elif answer.kind == "no_such_address":
            ledger.settle_refused_address(held.message, self.name, held.to, answer.reply, now)
        else:
            ledger.settle_failed(held.message, self.name, reasons.MAIL_REFUSED, answer.reply)


_own = threading.local()


def loop_round() -> bool:
    """A round of this thread's own sender."""
    sender: Sender | None = getattr(_own, "sender", None)
    if sender is None:
        sender = _own.sender = Sender()
    return sender.round()
