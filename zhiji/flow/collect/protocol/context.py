"""The useful part of an event's `context`: where it happened and with what. No address of the network is kept."""

from typing import Any

import msgspec

from zhiji.flow.collect.protocol.contacts import clean_url
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
_seen: dict[bytes, bytes] = {}


def kept(context: msgspec.Raw) -> bytes:
    """The end of an object to which the kept part is added, `,"context":{…}}`; empty when nothing is left.

    Raises Refusal when it isn't an object at all.
    """
    text = bytes(context)
    if text == b"{}":
        return b""
    found = _seen.get(text)
    if found is None:
        found = _kept(text)
        if len(text) < LONGEST:
            if len(_seen) > 5000:
                _seen.clear()
            _seen[text] = found
    return found


def _kept(text: bytes) -> bytes:
    whole = read_object(text, "context")
    out: dict[str, Any] = {}
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
    return b',"context":' + msgspec.json.encode(out) + b"}" if out else b""


def _short(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    value = value.replace("\0", "")[:LONGEST]
    return clean_url(value) if "=" in value or "://" in value else value
