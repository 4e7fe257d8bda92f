"""Traits that come beside an event, as `context.traits`: told as an identify call would tell them.

SDKs repeat them with every event, so a customer's are told again only when they differ from those of the last event
that this process saw of them. They prove nothing of who is whom: only the event's strongest identity is theirs.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec

from zhiji.flow.collect.protocol.shape import NOTHING, Event, Id

MEMO = 50_000
_NAME = b'"traits"'
_last: dict[tuple[int, Id], bytes] = {}


class _Context(msgspec.Struct):
    traits: msgspec.Raw = NOTHING


_read = msgspec.json.Decoder(_Context).decode


def identified(source_id: int, kind: str | None, events: Iterable[Event]) -> Iterator[tuple[int, Event]]:
    """(position, identify call) for each event with such traits. `kind` is what the address said, None in a batch."""
    for position, event in enumerate(events):
        identity = (source_id, event.userId if event.userId not in (None, "") else event.anonymousId)
        if (kind or event.type) == "identify" and event.traits not in (NOTHING, b"null"):
            _last.pop(identity, None)
        elif _NAME in bytes(event.context) and (traits := _traits(event)) is not None:
            said = blake2b(traits, digest_size=8).digest()
            if _last.get(identity) != said:
                if len(_last) > MEMO:
                    _last.clear()
                _last[identity] = said
                yield position, _call(event, traits)


def forget() -> None:
    """Nothing was told: what was yielded may not have been written."""
    _last.clear()


def _traits(event: Event) -> bytes | None:
    """The traits in the context, if they are an object with something in it."""
    try:
        traits = bytes(_read(event.context).traits)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return traits if traits[:1] == b"{" and traits.translate(None, b" \n\r\t") != b"{}" else None


def _call(event: Event, traits: bytes) -> Event:
    """The identify call; it has a key of its own that follows from the event's."""
    known = event.userId not in (None, "")
    digest = blake2b((event.messageId or "").encode(), digest_size=16).hexdigest()
    return Event(
        type="identify",
        messageId=f"traits:{digest}" if event.messageId else None,
        timestamp=event.timestamp,
        originalTimestamp=event.originalTimestamp,
        sentAt=event.sentAt,
        userId=event.userId if known else None,
        anonymousId=None if known else event.anonymousId,
        traits=msgspec.Raw(traits),
    )
