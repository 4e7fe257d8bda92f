"""The senders: each a loop with its own connection, taking what is due from the ledger and handing it over."""

import threading
import uuid
from collections.abc import Sequence
from datetime import timedelta

import structlog

from zhiji.flow.deliver import ledger, letter, queries, reasons, smtp, tokens
from zhiji.flow.deliver.ledger import Held
from zhiji.flow.deliver.letter import Letter
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.kernel import clock
from zhiji.kernel.culprits import of_the_house, said
from zhiji.kernel.loops import beat

log = structlog.get_logger()
NEARLY_OVER = timedelta(seconds=smtp.TIMEOUT * 4)
"""Handing over takes three steps at most, and then nobody else may have taken the letter up."""


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
        letters = self._letters(passed, settings)
        for place, held in enumerate(passed):
            filled = letters.get(held.message.pk)
            if filled is None:
                continue
            try:
                self._deliver(held, filled, settings)
            except smtp.ServerDown as error:
                ledger.release(passed[place:], self.name, clock.now(), str(error))
                self._say(str(error))
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

    def _letters(self, passed: Sequence[Held], settings: DeliverySettings) -> dict[int, Letter]:
        """Every letter of the batch, filled in, by message, those left out that can't be or would have holes.

        Keeps links and subjects.
        """
        letters: dict[int, Letter] = {}
        messages = [held.message for held in passed]
        for message, wording in zip(messages, queries.wordings_of(messages), strict=True):
            try:
                filled = letter.fill(wording, message.variables, settings, message_id=message.pk)
            except Exception as error:
                if of_the_house(error):
                    raise
                if not isinstance(error, TemplateRefused):
                    log.exception("a letter can't be filled", message=message.pk)
                ledger.settle_failed(message, self.name, reasons.TEMPLATE, said(error))
                continue
            if filled.empty:
                ledger.settle_empty(message, self.name, filled.empty)
                continue
            message.links, message.subject = filled.links, filled.subject
            letters[message.pk] = filled
        Message.objects.bulk_update([one for one in messages if one.pk in letters], ["links", "subject"])
        return letters

    def _deliver(self, held: Held, filled: Letter, settings: DeliverySettings) -> None:
        message = held.message
        try:
            mail = letter.mime(filled, message, held.to, settings, clock.now())
        except ValueError:
            ledger.settle_failed(message, self.name, reasons.BAD_ADDRESS)
            return
        envelope_from = tokens.return_address(message.pk, letter.domain_of(settings))
        assert self._line is not None  # noqa: S101 - round() connects first
        answer = self._line.address(envelope_from, held.to)
        if answer is None and not self._still_mine(held):
            self._line.take_back()
            return
        self._settle(held, answer or self._line.hand_over(mail), settings)

    def _still_mine(self, held: Held) -> bool:
        """Whether the letter is ours for as long as handing it over may take; a slow server may have used it up."""
        now, until = clock.now(), held.message.leased_until
        return (until is not None and until - now >= NEARLY_OVER) or ledger.renew(held, self.name, now)

    def _settle(self, held: Held, answer: smtp.Answer, settings: DeliverySettings) -> None:
        now = clock.now()
        if answer.kind == "taken":
            ledger.settle_sent(held.message, self.name, now)
        elif answer.kind in ("later", "unknown"):
            reason = reasons.IN_DOUBT if answer.kind == "unknown" else reasons.TEMPORARY
            ledger.settle_later(held.message, self.name, answer.reply, settings, now, reason)
        elif answer.kind == "no_such_address":
            ledger.settle_refused_address(held.message, self.name, held.to, answer.reply, now)
        else:
            reason = reasons.MAILBOX_REFUSED if answer.kind == "mailbox_refused" else reasons.MAIL_REFUSED
            ledger.settle_failed(held.message, self.name, reason, answer.reply)


_own = threading.local()


def loop_round() -> bool:
    """A round of this thread's own sender."""
    sender: Sender | None = getattr(_own, "sender", None)
    if sender is None:
        sender = _own.sender = Sender()
    return sender.round()
