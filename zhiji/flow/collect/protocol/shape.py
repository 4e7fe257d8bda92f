"""What the tracking protocol sends: one event, or a batch of them, decoded by msgspec and checked for shape only."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from zhiji.flow.collect.protocol.reasons import Refusal

EVENT_LIMIT = 32 * 1024
BATCH_LIMIT = 500 * 1024
EVENTS_LIMIT = 2500
KINDS = ("identify", "track", "page", "screen", "group", "alias")
NOTHING = msgspec.Raw(b"{}")
NULL = (b"null", b"")

Id = str | int | float | None


class Event(msgspec.Struct, gc=False, omit_defaults=True):
    """One call of an SDK. Objects stay undecoded until their kind says what is in them; `integrations` stay so."""

    type: str | None = None
    messageId: str | None = None
    timestamp: str | None = None
    originalTimestamp: str | None = None
    sentAt: str | None = None
    writeKey: str | None = None
    userId: Id = None
    anonymousId: Id = None
    previousId: Id = None
    groupId: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    properties: msgspec.Raw = NOTHING
    traits: msgspec.Raw = NOTHING
    context: msgspec.Raw = NOTHING
    integrations: msgspec.Raw = NOTHING


class Whole(msgspec.Struct, omit_defaults=True):
    """A batch decoded in one go, events and all: what nearly every batch can be."""

    batch: list[Event]
    writeKey: str | None = None
    sentAt: str | None = None
    context: msgspec.Raw = NOTHING


class Batch(msgspec.Struct, omit_defaults=True):
    """Many events under one key. `context` stands in for events that have none of their own."""

    batch: list[msgspec.Raw]
    writeKey: str | None = None
    sentAt: str | None = None
    context: msgspec.Raw = NOTHING


_event = msgspec.json.Decoder(Event).decode
_batch = msgspec.json.Decoder(Batch).decode
_whole = msgspec.json.Decoder(Whole).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_keys_of_each = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_encode = msgspec.json.Encoder().encode
_COLON = re.compile(rb"\\u003a", re.IGNORECASE)
_AT = re.compile(r"(.*?)(?: - at `(.*)`)?", re.DOTALL)


def read_event(text: bytes | msgspec.Raw) -> Event:
    """Decode one event. Raises Refusal, also for a key given twice at its own level."""
    try:
        found = _event(text)
        if _may_double(bytes(text), found, _keys):
            _refuse_twice(bytes(text), Event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from None
    return found


def read_whole(text: bytes) -> Whole | None:
    """Decode a batch in one go; None when anything is wrong with any of it, or a key may be given twice."""
    try:
        found = _whole(text)
        return None if _may_double(text, found, _keys_of_whole) else found
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_batch(text: bytes) -> Batch:
    """Decode a batch's envelope, leaving its events as they are. Raises Refusal.

    What is almost JSON (NaN, half a surrogate pair) is cut into events all the same, so that only those refuse
    that hold it. A key given twice in the envelope is refused: of a second `batch` the first one's events would be
    lost.
    """
    try:
        found = _batch(text)
        doubled = _may_double(text, found, _keys)
    except msgspec.ValidationError as error:
        raise refusal(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        lenient = _cut(text)
        if lenient is None:
            raise refusal(error) from None
        found, doubled = lenient, True
    if doubled:
        _refuse_twice(text, Batch)
    return found


def _may_double(text: bytes, found: Any, keys: Callable[[bytes], Any]) -> bool:
    """Whether a key may be given twice at the levels that `keys` decodes.

    Written again, the text then has fewer colons: `found`, what was made of it, mostly says so at once; but it also
    lacks what nobody reads.
    """
    if _COLON.search(text):
        return True
    colons = text.count(b":")
    return _encode(found).count(b":") != colons and _encode(keys(text)).count(b":") != colons


def _keys_of_whole(text: bytes) -> dict[str, Any]:
    found = _keys(text)
    return {**found, "batch": _keys_of_each(found["batch"])}


def _refuse_twice(text: bytes, of: type[Event | Batch]) -> None:
    """Look closely for a key given twice at the outermost level; other levels are for those who read them."""
    objects: list[list[str]] = []
    json.loads(text, object_pairs_hook=lambda pairs: objects.append([name for name, _ in pairs]))
    for at, name in enumerate(objects[-1]):
        if name in objects[-1][:at]:
            raise Refusal(name if name in of.__struct_fields__ else "", "twice")


class _Again(str):
    """A key that comes again: no other's equal, so that what is written again has both."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _with_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[_Again(name) if name in found else name] = value
    return found


def _cut(text: bytes) -> Batch | None:
    try:
        whole = json.loads(text, object_pairs_hook=_with_doubles)
        events = [json.dumps(event).encode() for event in whole.pop("batch")]
        envelope = _batch(json.dumps({**whole, "batch": []}).encode())
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError):
        return None
    envelope.batch = [msgspec.Raw(event) for event in events]
    return envelope


def read_object(text: bytes | msgspec.Raw, place: str) -> dict[str, Any]:
    """Decode an object of an event (null counts as empty). Raises Refusal under `place`."""
    try:
        return _object(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if bytes(text) in NULL:
            return {}
        raise refusal(error).under(place) from None


def refusal(error: Exception) -> Refusal:
    """A decoder's error as place and reason; never quotes the text itself."""
    if isinstance(error, UnicodeDecodeError):
        return Refusal("", "not_json", "not UTF-8")
    if isinstance(error, RecursionError):
        return Refusal("", "too_deep")
    said = str(error)
    if isinstance(error, msgspec.ValidationError):
        match = _AT.fullmatch(said)
        message, path = (match[1], match[2] or "$") if match else (said, "$")
        return Refusal(path.removeprefix("$").lstrip("."), "wrong_type", message)
    if "surrogate" in said or "truncated" in said:
        return Refusal("", "not_json", "cut off, or half a surrogate pair")
    return Refusal("", "not_json", said.removeprefix("JSON is malformed: "))


def moment(text: str, place: str) -> datetime:
    """An ISO 8601 moment; UTC where it names no zone. Raises Refusal."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(place, "bad_time") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


BEGINNING, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_seconds: dict[str, int] = {}
_MILLIS = {f".{milli:03}Z": milli * 1000 for milli in range(1000)}


def micros(text: str, place: str) -> int:
    """A moment as microseconds since 1970; what SDKs send (2026-05-03T08:00:00.000Z) is read fast. Raises Refusal."""
    milli, second = _MILLIS.get(text[19:]), _seconds.get(text[:19])
    if milli is None:
        return (moment(text, place) - BEGINNING) // MICROSECOND
    if second is None:
        second = (moment(text[:19] + "Z", place) - BEGINNING) // MICROSECOND
        if len(_seconds) > 50_000:
            _seconds.clear()
        _seconds[text[:19]] = second
    return second + milli
