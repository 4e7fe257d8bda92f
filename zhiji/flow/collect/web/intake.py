"""A request's text becomes an entry for the inbox: good events as rows, bad ones for the quarantine."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from zhiji.flow.collect.inbox import Bad, Entry
from zhiji.flow.collect.protocol.beside import identified
from zhiji.flow.collect.protocol.names import Names
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.rows import Reader
from zhiji.flow.collect.protocol.shape import (
    EVENT_LIMIT,
    EVENTS_LIMIT,
    NOTHING,
    Batch,
    Event,
    Whole,
    moment,
    read_batch,
    read_event,
    read_whole,
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
        reader = Reader(source_id, names, self.received, None)
        rows = reader.packed([self.event], self.kind)
        rows += [row for _, row in beside(reader, self.kind, [self.event])]
        return Entry(source_id, rows, lambda _: ("", self.body))


@dataclass
class Many:
    """A request with a batch: bad events are kept apart, the rest goes in."""

    batch: Whole | Batch
    body: bytes
    received: datetime

    @property
    def write_key(self) -> str | None:
        return self.batch.writeKey

    def entry(self, source_id: int, names: Names) -> Entry:
        """Raises Refusal only for what concerns the whole request."""
        sent = moment(self.batch.sentAt, "sentAt") if self.batch.sentAt else None
        reader = Reader(source_id, names, self.received, sent)
        batch = self.batch
        if isinstance(batch, Whole):
            rows = at_once(batch, reader)
            if rows is not None:
                more = list(beside(reader, None, batch.batch))
                places = [*range(len(rows)), *(position for position, _ in more)]
                rows += [row for _, row in more]
                return Entry(source_id, rows, lambda number: self._origin(places[number]), sent_at=sent)
            batch = read_batch(self.body)
        rows, bad, positions = one_by_one(batch, reader)
        return Entry(source_id, rows, lambda number: self._origin(positions[number]), bad, sent)

    def _origin(self, position: int) -> tuple[str, bytes]:
        """Place and text of an event, cut out again: only asked for when the database refuses it."""
        return f"batch[{position}]", bytes(read_batch(self.body).batch[position])


def at_once(batch: Whole, reader: Reader) -> list[bytes] | None:
    """The rows of a batch in which nothing is wrong; None when something is, or may be."""
    if batch.context is not NOTHING:
        for event in batch.batch:
            if event.context is NOTHING:
                event.context = batch.context
    try:
        rows = reader.packed(batch.batch, None)
    except Refusal:
        return None
    return rows if max(map(len, rows), default=0) <= EVENT_LIMIT else None


def one_by_one(batch: Batch, reader: Reader) -> tuple[list[bytes], list[Bad], list[int]]:
    """The rows of the good events, the bad events, and the good ones' positions."""
    rows: list[bytes] = []
    bad: list[Bad] = []
    positions: list[int] = []
    for position, raw in enumerate(batch.batch):
        try:
            event = read_event(raw)
            if event.context is NOTHING:
                event.context = batch.context
            (row,) = reader.packed([event], None)
            if len(row) > EVENT_LIMIT and len(memoryview(raw)) > EVENT_LIMIT:
                raise Refusal("", "too_big", str(EVENT_LIMIT))
        except Refusal as refusal:
            bad.append(Bad(refusal.under(f"batch[{position}]"), bytes(raw)))
        else:
            more = [row for _, row in beside(reader, None, [event])]
            rows += [row, *more]
            positions += [position] * (1 + len(more))
    return rows, bad, positions


def beside(reader: Reader, kind: str | None, events: Sequence[Event]) -> Iterator[tuple[int, bytes]]:
    """(position, row) of what good events say of their customers in their context; what can't be taken is left out."""
    for position, call in identified(reader.source_id, kind, events):
        with suppress(Refusal):
            (row,) = reader.packed([call], None)
            if len(row) <= EVENT_LIMIT:
                yield position, row


def entry_of(kind: str, body: bytes, names: Names, received: datetime) -> One | Many:
    """The request, read as far as its shape. Raises Refusal or TooBig."""
    if kind != "batch":
        return One(kind, read_event(body), body, received)
    batch = read_whole(body) or read_batch(body)
    if len(batch.batch) > EVENTS_LIMIT:
        raise TooBig(f"a batch has at most {EVENTS_LIMIT} events")
    return Many(batch, body, received)
