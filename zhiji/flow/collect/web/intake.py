"""A request's text becomes an entry for the inbox: good events as rows, bad ones for the quarantine."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from zhiji.flow.collect.inbox import Bad, Entry
from zhiji.flow.collect.protocol.events import Reader
from zhiji.flow.collect.protocol.names import Names
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import (
    EVENT_LIMIT,
    EVENTS_LIMIT,
    NOTHING,
    Batch,
    Event,
    moment,
    read_batch,
    read_event,
)
from zhiji.flow.collect.web.wire import TooBig


@dataclass
class One:
    """A request with a single event: a bad one is refused, not kept."""

    kind: str
    event: Event
    body: bytes
    received: datetime

    @property
    def write_key(self) -> str | None:
        return self.event.writeKey

    def entry(self, source_id: int, names: Names) -> Entry:
        """Raises Refusal."""
        row = Reader(source_id, names, self.received, None).packed(self.event, self.kind)
        return Entry(source_id, [row], [self.body], [""])


@dataclass
class Many:
    """A request with a batch: bad events are kept apart, the rest goes in."""

    batch: Batch
    received: datetime

    @property
    def write_key(self) -> str | None:
        return self.batch.writeKey

    def entry(self, source_id: int, names: Names) -> Entry:
        """Raises Refusal only for what concerns the whole request."""
        sent = moment(self.batch.sentAt, "sentAt") if self.batch.sentAt else None
        pack = Reader(source_id, names, self.received, sent).packed
        otherwise = self.batch.context
        rows: list[bytes] = []
        events: list[msgspec.Raw] = []
        places: list[str] = []
        bad: list[Bad] = []
        for position, raw in enumerate(self.batch.batch):
            try:
                if len(memoryview(raw)) > EVENT_LIMIT:
                    raise Refusal("", "too_big", f"an event has at most {EVENT_LIMIT} bytes")
                event = read_event(raw)
                if event.context is NOTHING:
                    event.context = otherwise
                rows.append(pack(event, None))
            except Refusal as refusal:
                bad.append(Bad(refusal.under(f"batch[{position}]"), bytes(raw)))
            else:
                events.append(raw)
                places.append(f"batch[{position}]")
        return Entry(source_id, rows, events, places, bad, sent)


def entry_of(kind: str, body: bytes, names: Names, received: datetime) -> One | Many:
    """The request, read as far as its shape. Raises Refusal or TooBig."""
    if kind != "batch":
        return One(kind, read_event(body), body, received)
    batch = read_batch(body)
    if len(batch.batch) > EVENTS_LIMIT:
        raise TooBig(f"a batch has at most {EVENTS_LIMIT} events")
    return Many(batch, received)
