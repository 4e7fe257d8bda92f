"""HTTP as the tracking door speaks it: the body within its limits, the write key, the answers."""

import base64
import binascii
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from zhiji.flow.collect.inbox import Bad
from zhiji.flow.collect.protocol.reasons import Refusal

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

OPEN = [(b"access-control-allow-origin", b"*")]
JSON = [(b"content-type", b"application/json"), *OPEN]
TAKEN = b'{"success":true}'
PREFLIGHT = [
    *OPEN,
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, x-retry-count"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]
GZIP = 16 + zlib.MAX_WBITS
MOST_MEMBERS = 100
"""Members of one gzip body: a client makes one, a proxy that joins streams a few. Each costs a decompressor and a copy
of what is left, so that the 24,000 empty ones that half a megabyte holds cost two seconds."""


class TooBig(Exception):
    """The body is beyond its limit, as sent or once unzipped."""


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=lambda: JSON)

    async def __call__(self, send: Send) -> None:
        length = (b"content-length", str(len(self.body)).encode())
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, length]})
        await send({"type": "http.response.body", "body": self.body})

    @staticmethod
    def taken(bad: Sequence[Bad]) -> "Answer":
        """Everything is durable; `bad` says which events went to quarantine and why (the first hundred)."""
        if not bad:
            return _TAKEN
        listed = [{"place": one.refusal.place, "reason": one.refusal.sentence} for one in bad[:100]]
        return Answer(200, msgspec.json.encode({"success": True, "quarantined": len(bad), "reasons": listed}))


_TAKEN = Answer(200, TAKEN)


def failed(status: int, code: str, message: str, *, retry_after: int | None = None, **more: str) -> Answer:
    """A refusal, in the form the SDKs read: `code` and `message`."""
    headers = [*JSON]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
        headers.append((b"access-control-expose-headers", b"retry-after"))
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="write key"'))
    return Answer(status, msgspec.json.encode({"success": False, "code": code, "message": message, **more}), headers)


def bodiless(method: str) -> Callable[[Send], Awaitable[None]]:
    """The answer to a browser's preflight; to any other method, that only POST will do."""

    async def answer(send: Send) -> None:
        if method == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": PREFLIGHT[:-1]})
            await send({"type": "http.response.body", "body": b""})
        else:
            refused = failed(405, "method", "events are sent by POST")
            await Answer(405, refused.body, [*refused.headers, (b"allow", b"POST, OPTIONS")])(send)

    return answer


async def body_of(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The body as sent, at most `limit` bytes. Raises TooBig, before reading where the length is told."""
    told = headers.get(b"content-length", b"")
    if told.isdigit() and int(told) > limit:
        raise TooBig(f"the body has {int(told)} bytes; at most {limit} are taken")
    message = await receive()
    body: bytes = message.get("body", b"")
    length = int(told) if told.isdigit() else -1  # once all of it is there, the end needn't be waited for
    while len(body) != length and message.get("more_body") and len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise Refusal("", "not_json", "the body broke off")
    if len(body) > limit:
        raise TooBig(f"the body has more than {limit} bytes")
    return body


def unzipped(body: bytes, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """The body without its gzip coding, never more than `limit` bytes of it. Raises TooBig or Refusal.

    What it costs is bounded by the limits of the body as sent, of what comes out, and of the members.
    """
    coding = headers.get(b"content-encoding", b"identity").strip().lower()
    if coding in (b"identity", b""):
        return body
    if coding not in (b"gzip", b"x-gzip"):
        raise Refusal("Content-Encoding", "not_json", "only gzip is understood")
    out, members = b"", 0
    while body:
        members += 1
        if members > MOST_MEMBERS:
            raise TooBig(f"the gzip body has more than {MOST_MEMBERS} members; send one")
        unzip = zlib.decompressobj(GZIP)
        try:
            out += unzip.decompress(body, limit + 1 - len(out))
        except zlib.error:
            raise Refusal("", "not_json", "not gzip, though it says so") from None
        if len(out) > limit or unzip.unconsumed_tail:
            raise TooBig(f"the body has more than {limit} bytes once unzipped")
        if not unzip.eof:
            raise Refusal("", "not_json", "the gzip body is cut off")
        body = unzip.unused_data
    return out


def key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The write key given as Basic user name; None without the header, empty when it can't be read."""
    given = headers.get(b"authorization")
    if given is None:
        return None
    scheme, _, coded = given.partition(b" ")
    if scheme.lower() != b"basic":
        return ""
    try:
        return base64.b64decode(coded.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
