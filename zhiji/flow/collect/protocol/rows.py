"""Events of the protocol become rows of the inbox, ready for a binary COPY."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from struct import Struct
from typing import Any
from uuid import uuid4

import msgspec

from zhiji.access.sealing import payload
from zhiji.flow.collect.protocol import context, identities
from zhiji.flow.collect.protocol.events import ALIASED, Apart, contents
from zhiji.flow.collect.protocol.identities import NULL
from zhiji.flow.collect.protocol.names import Names, Plan
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import NOTHING, Event, micros
from zhiji.kernel.facts import once_key

COLUMNS = "message_key, occurred_at, received_at, source_id, name, identity, also, properties, sealed"
HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
TRAILER = b"\xff\xff"
LONGEST_MESSAGE = 200
EPOCH = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000-01-01
_FIRST = Struct(">hi16siq").pack  # how many columns, the key, the moment
_SOURCE = Struct(">iqii").pack
_LONG = Struct(">i").pack
_join = b"".join


class Reader:
    """Reads the events of one request: same source, same moment of arrival, same clock skew."""

    def __init__(self, source_id: int, names: Names, received: datetime, sent: datetime | None) -> None:
        self.names = names
        self.source_id = source_id
        self.received = round(received.timestamp() * 1e6)
        self.skew = self.received - round(sent.timestamp() * 1e6) if sent else 0
        self._scope = hashlib.blake2b(f"source:{source_id}\0".encode(), digest_size=16).copy
        self._after = _SOURCE(8, self.received - EPOCH, 4, source_id)

    def packed(self, events: Sequence[Event], kind: str | None) -> list[bytes]:
        """The events as rows of a binary COPY of COLUMNS. `kind` is what the address said, None in a batch.

        Raises Refusal for the first one that is bad; which it is shows when they are packed one by one.
        """
        after, scope, occurred = self._after, self._scope, self._occurred
        known, met = identities.users.get, identities.strangers.get
        given, (end, met_there) = NOTHING, context.NOTHING
        rows: list[bytes] = []
        for event, (plan, properties, apart) in zip(events, contents(events, kind, self.names), strict=True):
            identity, also = known(event.userId), met(event.anonymousId)
            if identity is None or also is None or plan is ALIASED:
                identity, also = _who(event, plan)
            if event.context != given:  # one SDK says the same in every event
                given = event.context
                end, met_there = context.kept(given)
            if end:
                properties = _with_context(properties, end)
            sealed = _sealed(apart, met_there) if apart or met_there else None
            key = scope()
            key.update(_message(event))
            digest = key.digest() if not plan.once_by else _once(plan, properties)
            rows.append(
                _join(
                    (
                        _FIRST(9, 16, digest, 8, occurred(event) - EPOCH),
                        after,
                        plan.coded,
                        identity,
                        also,
                        _LONG(len(properties)),
                        properties,
                        NULL if sealed is None else _LONG(len(sealed)) + sealed,
                    )
                )
            )
        return rows

    def fact(self, event: Event) -> dict[str, Any]:
        """An event of a batch as what a NewFact takes besides its key and source. Raises Refusal."""
        ((plan, properties, apart),) = contents([event], None, self.names)
        end, met_there = context.kept(event.context)
        identity, also = _who(event, plan)
        _message(event)
        return {
            "name": plan.name,
            "occurred_at": datetime.fromtimestamp(self._occurred(event) / 1e6, UTC),
            "identity": identity[4:].decode(),
            "also": None if also == NULL else also[4:].decode(),
            "properties": msgspec.json.decode(_with_context(properties, end)),
            "sealed": _sealed(apart, met_there),
        }

    def _occurred(self, event: Event) -> int:
        """Microseconds since 1970, the sender's clock set right; never later than the arrival."""
        text = event.timestamp or event.originalTimestamp
        if not text:
            return self.received
        skew = self.skew
        if not skew and event.sentAt:
            skew = self.received - micros(event.sentAt, "sentAt")
        occurred = micros(text, "timestamp") + skew
        if occurred < 0:
            raise Refusal("timestamp", "too_old")
        return occurred if occurred < self.received else self.received


def _message(event: Event) -> bytes:
    message = event.messageId or str(uuid4())
    if len(message) > LONGEST_MESSAGE:
        raise Refusal("messageId", "bad_id")
    return message.encode()


def _once(plan: Plan, properties: bytes) -> bytes:
    said = msgspec.json.decode(properties)
    return once_key(plan.name, *map(said.get, plan.once_by)).bytes


def _sealed(apart: Apart | None, met_there: dict[str, list[str]]) -> bytes | None:
    """The contact values of an event and its context, sealed for the way to the pipeline."""
    contacts = dict(apart or {})
    return payload(contacts, {**contacts.pop("values", {}), **met_there})


def _who(event: Event, plan: Plan) -> tuple[bytes, bytes]:
    return identities.aliased(event) if plan is ALIASED else identities.who(event)


def _with_context(properties: bytes, kept: bytes) -> bytes:
    """The properties with the part of the context that is kept, as `context`."""
    if not kept:
        return properties
    return properties[:-1] + kept if len(properties) > 2 else b"{" + kept[1:]
