"""The useful part of an event's `context`: where it happened and with what. No address of the network is kept."""

from typing import Any

import msgspec

from zhiji.access.sealing import Found
from zhiji.flow.collect.protocol.shape import read_object

KEPT: dict[str, tuple[str, ...]] = {
    "page": ("url", "path", "title", "referrer", "search"),
    "campaign": ("name", "source", "medium", "term", "content"),
    "library": ("name", "version"),
    "device": ("type", "manufacturer", "model"),
    "os": ("name", "version"),
    "app": ("name", "version"),
}
PLAIN = ("userAgent", "locale", "timezone")
LONGEST = 2000
Kept = tuple[bytes, dict[str, list[str]]]
NOTHING: Kept = (b"", {})
_seen: dict[bytes, Kept] = {}


def kept(context: msgspec.Raw) -> Kept:
    """The end of an object to which the kept part is added, `,"context":{…}}`, and the contact values taken out of it.

    The end is empty when nothing is left. Raises Refusal when it isn't an object at all.
    """
    text = bytes(context)
    if text == b"{}":
        return NOTHING
    found = _seen.get(text)
    if found is None:
        found = _kept(text)
        if len(text) < LONGEST and not found[1]:
            if len(_seen) > 5000:
                _seen.clear()
            _seen[text] = found
    return found


def _kept(text: bytes) -> Kept:
    whole = read_object(text, "context")
    out: dict[str, Any] = {}
    apart = Found("c")
    for name in PLAIN:
        value = _short(whole.get(name))
        if value:
            out[name] = value
    for name, parts in KEPT.items():
        inner = whole.get(name)
        if isinstance(inner, dict):
            few = {part: value for part in parts if (value := _short(inner.get(part)))}
            if few:
                out[name] = few
    apart.object(out)
    return (b',"context":' + msgspec.json.encode(out) + b"}", apart.values) if out else NOTHING


def _short(value: Any) -> str:
    return value.replace("\0", "")[:LONGEST] if isinstance(value, str) else ""
