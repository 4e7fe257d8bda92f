"""The senders: each a loop with its own line, taking what is due over one channel and handing it over."""

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from zhiji.flow.deliver import ledger, queries, reasons, receipts
from zhiji.flow.deliver.channel import Accepted, AccountFault, Channel, Down, Later, Rendered, Result, Unknown
from zhiji.flow.deliver.ledger import Held
from zhiji.flow.deliver.models import DeliverySettings, Message
from zhiji.flow.deliver.sandbox.door import TemplateRefused
from zhiji.kernel import clock
from zhiji.kernel.culprits import of_the_house, said
from zhiji.kernel.loops import beat

log = structlog.get_logger()
NEARLY_OVER = timedelta(seconds=80)
"""Handing over takes three steps of 20 s at most, and then nobody else may have taken the message up."""


class Sender:
    """One sender of one channel: a name in the ledger and a kept line. Use it from one thread only."""

    def __init__(self, channel: Channel, name: str = "") -> None:
        self.channel = channel
        self.name = name or uuid.uuid4().hex
        self._line = channel.line()
        self._trouble: str | None = None

    def round(self, limit: int = 50) -> bool:
        """Send up to `limit` due messages. False when there was nothing to do, or no account to do it with."""
        standing = self.channel.standing()
        if not standing.ready or not ledger.anything_due(self.channel, clock.now()):
            self._line.rest()
            return False
        if not self._connected():
            return False
        settings = queries.delivery_settings()
        passed, looked_at = ledger.take(self.channel, self.name, settings, clock.now(), limit, standing.mode)
        filled = self._filled(passed, settings)
        for place, held in enumerate(passed):
            if (rendered := filled.get(held.message.pk)) is None:
                continue
            try:
                self._deliver(held, rendered, settings)
            except (Down, AccountFault) as error:
                ledger.release(passed[place:], self.name, clock.now(), str(error))
                self._stop(error)
                break
        return looked_at > 0

    def close(self) -> None:
        self._line.close()

    def _connected(self) -> bool:
        try:
            self._line.ready()
        except (Down, AccountFault) as error:
            self._stop(error)
            return False
        self._say("")
        return True

    def _stop(self, error: Down | AccountFault) -> None:
        if isinstance(error, AccountFault):
            self.channel.faulted(str(error))
        self._say(str(error))

    def _say(self, trouble: str) -> None:
        """Keep for the pages why nothing goes out."""
        if trouble != self._trouble:
            log.warning("channel", channel=self.channel.key, trouble=trouble or "answers again")
            beat(queries.BEAT + self.channel.key, trouble=trouble)
            self._trouble = trouble

    def _filled(self, passed: Sequence[Held], settings: DeliverySettings) -> dict[int, Rendered]:
        """Every message of the batch, filled in, by its id, those left out that can't be or would have holes.

        Keeps links and subjects.
        """
        found: dict[int, Rendered] = {}
        messages = [held.message for held in passed]
        for message, wording in zip(messages, queries.wordings_of(messages), strict=True):
            try:
                rendered = self.channel.render(wording, message.variables, settings, message_id=message.pk)
            except Exception as error:
                if of_the_house(error):
                    raise
                if not isinstance(error, TemplateRefused):
                    log.exception("a message can't be filled in", message=message.pk)
                ledger.settle_failed(message, self.name, reasons.TEMPLATE, said(error))
                continue
            if rendered.empty:
                ledger.settle_empty(message, self.name, rendered.empty)
                continue
            message.links, message.subject = rendered.links, rendered.subject
            found[message.pk] = rendered
        Message.objects.bulk_update([one for one in messages if one.pk in found], ["links", "subject"])
        return found

    def _deliver(self, held: Held, rendered: Rendered, settings: DeliverySettings) -> None:
        result = self._line.send(held.message, held.to, rendered, settings, self._begin(held.message))
        if result is not None:
            self._settle(held, result, settings)

    def _begin(self, message: Message) -> Callable[[], bool]:
        """Whether the message is ours for as long as handing it over may take; a slow provider may have used it up."""

        def begun() -> bool:
            now, until = clock.now(), message.leased_until
            if self.channel.can.repeatable and until is not None and until - now >= NEARLY_OVER:
                return True
            return ledger.begin(message, self.name, now)

        return begun

    def _settle(self, held: Held, result: Result, settings: DeliverySettings) -> None:
        now, message = clock.now(), held.message
        if isinstance(result, Accepted):
            ledger.settle_sent(message, self.name, now, result.provider_id)
        elif isinstance(result, Later):
            ledger.settle_later(message, self.name, result.reply, settings, now, result.reason)
        elif isinstance(result, Unknown) and self.channel.can.repeatable:
            ledger.settle_later(message, self.name, result.reply, settings, now, reasons.IN_DOUBT)
        elif isinstance(result, Unknown):
            ledger.settle_unknown(message, self.name, result.reply)
        elif result.about == "address":
            ledger.settle_refused_address(message, self.name, held.to, result, self.channel.contact, now)
        else:
            ledger.settle_failed(message, self.name, result.reason, result.reply)
            if result.about == "customer":
                receipts.suppress(message, result.reason)


_own = threading.local()


def loop_of(channel: Channel) -> Callable[[], bool]:
    """A round of this thread's own sender."""

    def loop_round() -> bool:
        sender: Sender | None = getattr(_own, "sender", None)
        if sender is None:
            sender = _own.sender = Sender(channel)
        return sender.round()

    return loop_round
