"""An event of the protocol becomes a row of the inbox, ready for a binary COPY."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from typing import Any
from uuid import UUID, uuid4

import msgspec

from zhiji.access import privacy
from zhiji.flow.collect.protocol import basket, context, traits
from zhiji.flow.collect.protocol.contacts import cleaned, personal_id
from zhiji.flow.collect.protocol.names import Names, Plan, fixed
from zhiji.flow.collect.protocol.plain import RESERVED, shortened
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import NOTHING, Event, Id, micros, read_object

COLUMNS = "message_key, name, occurred_at, received_at, source_id, identity, also, properties, sealed"
HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
TRAILER = b"\xff\xff"
EPOCH = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000-01-01
NULL = b"\xff\xff\xff\xff"
_JUNK = """anonymous guest undefined null none nil nan true false 0 -1 unknown n/a id user user_id userid email test
distinct_id distinctid not_authenticated 00000000-0000-0000-0000-000000000000"""
JUNK = frozenset([*_JUNK.split(), "[object object]"])
LONGEST_ID = 200

HEAD = b"\x00\x09\x00\x00\x00\x10"  # nine columns, the first of 16 bytes
MEMO = 50_000
_users: dict[Id, bytes] = {}
_strangers: dict[Id, bytes] = {}
_MOMENT = Struct(">iq").pack
_LONG = Struct(">i").pack
_JSONB = Struct(">ib").pack
_SOURCE = Struct(">iqii").pack
_encode = msgspec.json.encode


@dataclass(slots=True)
class Row:
    """One accepted fact. `identity` and `also` are "namespace:value"; `properties` is JSON text."""

    message_key: bytes
    plan: Plan
    occurred: int
    identity: str
    also: str | None
    properties: bytes
    sealed: bytes | None = None


Understood = tuple[bytes, Plan, int, bytes, bytes, bytes, bytes | None]
"""What a Row holds, in its order, the identities as fields of a binary COPY."""


class Reader:
    """Reads the events of one request: same source, same moment of arrival, same clock skew."""

    def __init__(self, source_id: int, names: Names, received: datetime, sent: datetime | None) -> None:
        self.names = names
        self.received = round(received.timestamp() * 1e6)
        self.skew = self.received - round(sent.timestamp() * 1e6) if sent else 0
        self._scope = hashlib.blake2b(f"source:{source_id}\0".encode(), digest_size=16)
        self._after = _SOURCE(8, self.received - EPOCH, 4, source_id)

    def packed(self, event: Event, kind: str | None) -> bytes:
        """The event as a row of a binary COPY of COLUMNS. Raises Refusal."""
        key, plan, occurred, identity, also, properties, sealed = self._understood(event, kind)
        return b"".join(
            (
                HEAD,
                key,
                plan.coded,
                _MOMENT(8, occurred - EPOCH),
                self._after,
                identity,
                also,
                _JSONB(len(properties) + 1, 1),
                properties,
                NULL if sealed is None else _LONG(len(sealed)) + sealed,
            )
        )

    def row(self, event: Event, kind: str | None) -> Row:
        """The event, understood. `kind` is what the address said, None in a batch. Raises Refusal."""
        key, plan, occurred, identity, also, properties, sealed = self._understood(event, kind)
        second = None if also == NULL else also[4:].decode()
        return Row(key, plan, occurred, identity[4:].decode(), second, properties, sealed)

    def _understood(self, event: Event, kind: str | None) -> Understood:
        make = _MAKERS.get(kind or event.type or "")
        if make is None:
            raise Refusal("type", "no_type")
        message = event.messageId or str(uuid4())
        if len(message) > LONGEST_ID:
            raise Refusal("messageId", "bad_id")
        identity, also = _who(event) if make is not _alias else _aliased(event)
        plan, properties, sealed = make(self, event)
        if b"\\" in properties and _has_nul(properties):
            raise Refusal("properties", "bad_text")
        if event.context is not NOTHING:
            kept = context.kept(event.context)
            if kept:
                comma = b"," if len(properties) > 2 else b""
                properties = b"".join((properties[:-1], comma, b'"context":', kept, b"}"))
        key = self._scope.copy()
        key.update(message.encode())
        return key.digest(), plan, self._occurred(event), identity, also, properties, sealed

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


def _who(event: Event) -> tuple[bytes, bytes]:
    """The strongest identity and the second one, as fields."""
    user, anonymous = event.userId, event.anonymousId
    first = b"" if user is None else _users.get(user) or _named(_users, "user", user, "userId")
    second = (
        b""
        if anonymous is None
        else _strangers.get(anonymous) or _named(_strangers, "anonymous", anonymous, "anonymousId")
    )
    if first:
        return first, second or NULL
    if second:
        return second, NULL
    raise Refusal("userId", "no_identity")


def _named(memo: dict[Id, bytes], namespace: str, value: Id, place: str) -> bytes:
    """The field of an identity, remembered, as the same customers come again and again; empty for a blank id."""
    text = _id(value, place)
    if not text:
        return b""
    found = _field(namespace, text)
    if len(memo) > MEMO:
        memo.clear()
    memo[value] = found
    return found


def _field(namespace: str, text: str) -> bytes:
    coded = f"{namespace}:{text}".encode()
    return _LONG(len(coded)) + coded


def _id(value: Id, place: str) -> str:
    """An id as text; empty when it is blank. Raises Refusal for junk that would make one customer of many."""
    if type(value) is not str:
        value = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = value.strip()
    if not text:
        return ""
    if len(text) > LONGEST_ID or not text.isprintable():
        raise Refusal(place, "bad_id")
    if text.lower() in JUNK:
        raise Refusal(place, "junk_id", text)
    return personal_id(text) if "@" in text or text.isdigit() or text[0] == "+" else text


def _has_nul(text: bytes) -> bool:
    """Whether JSON text holds an escaped NUL (and not an escaped backslash before `u0000`)."""
    return b"\\u0000" in text.replace(b"\\\\", b"")


def _properties(raw: msgspec.Raw, place: str) -> dict[str, Any]:
    """An object of an event without contact values. Raises Refusal, also for a key given twice."""
    found = read_object(raw, place)
    keys = cleaned(found, place)
    text = bytes(raw)
    if text.translate(None, b" \n\r\t").count(b'":') != keys:
        _refuse_twice(text, place)
    for name in RESERVED:
        found.pop(name, None)
    if "context" in found:
        found["context_"] = found.pop("context")
    return found


def _refuse_twice(text: bytes, place: str) -> None:
    """Look closely for a key given twice, whatever the spacing and escapes."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) != len(pairs):
            raise Refusal(place, "twice")

    try:
        json.loads(text, object_pairs_hook=once)
    except RecursionError:
        raise Refusal(place, "too_deep") from None


def _track(reader: Reader, event: Event) -> tuple[Plan, bytes, None]:
    if not event.event:
        raise Refusal("event", "no_event")
    plan = reader.names.plan_of(event.event)
    short = shortened(event.properties, plan)
    if short is not None:
        return plan, short, None
    properties = _properties(event.properties, "properties")
    if not plan.plain:
        basket.shaped(properties, plan)
    return plan, _encode(properties), None


def _viewed(plan: Plan) -> Callable[[Reader, Event], tuple[Plan, bytes, None]]:
    def make(reader: Reader, event: Event) -> tuple[Plan, bytes, None]:
        if not event.name and not event.category:
            short = shortened(event.properties, plan)
            if short is not None:
                return plan, short, None
        properties = _properties(event.properties, "properties")
        if event.name:
            properties.setdefault("name", event.name)
        if event.category:
            properties.setdefault("category", event.category)
        return plan, _encode(properties), None

    return make


def _identify(reader: Reader, event: Event) -> tuple[Plan, bytes, bytes | None]:
    found, contacts, rejected = traits.parted(read_object(event.traits, "traits"))
    rest = _encode(found)
    again = _properties(msgspec.Raw(rest), "traits")
    _refuse_twice(bytes(event.traits), "traits")
    out: dict[str, Any] = {"traits": again}
    if rejected:
        out["rejected"] = rejected
    sealed = privacy.seal(_encode(contacts), "traits") if contacts else None
    return IDENTIFIED, _encode(out), sealed


def _group(reader: Reader, event: Event) -> tuple[Plan, bytes, None]:
    group = _id(event.groupId, "groupId") if event.groupId is not None else ""
    if not group:
        raise Refusal("groupId", "no_group")
    return JOINED, _encode({"group_id": group, "traits": _properties(event.traits, "traits")}), None


def _alias(reader: Reader, event: Event) -> tuple[Plan, bytes, None]:
    return ALIASED, b"{}", None


def _aliased(event: Event) -> tuple[bytes, bytes]:
    """Who an alias names: the new user id, and the id known before (anonymous, if it says so itself)."""
    user = _id(event.userId, "userId") if event.userId is not None else ""
    before = _id(event.previousId, "previousId") if event.previousId is not None else ""
    if not user or not before:
        raise Refusal("previousId" if user else "userId", "no_previous")
    anonymous = _id(event.anonymousId, "anonymousId") if event.anonymousId is not None else ""
    return _field("user", user), _field("anonymous" if before == anonymous else "user", before)


IDENTIFIED, JOINED, ALIASED = (
    fixed("customer_identified"),
    fixed("organisation_joined"),
    fixed("identity_aliased"),
)
_MAKERS: dict[str, Callable[[Reader, Event], tuple[Plan, bytes, bytes | None]]] = {
    "track": _track,
    "page": _viewed(fixed("page_viewed")),
    "screen": _viewed(fixed("screen_viewed")),
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}


def unpacked(row: Row) -> dict[str, Any]:
    """A row as the values of its columns, for whoever records it one by one."""
    return {
        "message_key": UUID(bytes=row.message_key),
        "name": row.plan.name,
        "occurred_at": datetime.fromtimestamp(row.occurred / 1e6, UTC),
        "identity": row.identity,
        "also": row.also,
        "properties": msgspec.json.decode(row.properties),
        "sealed": row.sealed,
    }
