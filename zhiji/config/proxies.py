"""Whose request it is where proxies stand before us: the client's address, as trusted proxies tell it."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
Headers = Iterable[tuple[bytes, bytes]]
Application = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
_FOR = re.compile(r"(?:^|;)\s*for=\s*(\"[^\"]*\"|[^;,\s]*)", re.IGNORECASE)
_PORT = re.compile(r"^(?:\[(?P<six>[^\]]+)\]|(?P<four>[0-9.]+))(?::\d+)?$")


class ByProxies:
    """An application that is told the client's address, not that of the trusted proxy which passed the request on."""

    def __init__(self, application: Application, trusted: Sequence[Network]) -> None:
        self.application, self.trusted = application, trusted

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        peer = scope.get("client")
        if peer:
            address = client(peer[0], scope.get("headers", ()), self.trusted)
            if address != peer[0]:
                scope = {**scope, "client": (address, 0)}
        await self.application(scope, receive, send)


def client(peer: str, headers: Headers, trusted: Sequence[Network]) -> str:
    """The address of who asked. `peer` is at the other end of the connection.

    Each proxy adds at the right whom it was asked by: read from there, the first who isn't a trusted proxy is the
    client. What stands further to the left anybody may have written, as everything may that an untrusted peer sends.
    """
    if not _is_trusted(_read(peer), trusted):
        return peer
    told = list(headers)
    lists = [_x_forwarded_for(told), _forwarded(told)]
    found = {_nearest(chain, trusted) for chain in lists if chain}
    nearest = found.pop() if len(found) == 1 else None  # two headers that disagree: the proxy wrote one of them
    return nearest or peer


def _nearest(chain: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The last of a chain who is no trusted proxy, its first where all are; None where it can't be read so far."""
    nearest = None
    for text in reversed(chain):
        address = _read(text)
        if address is None:
            return None
        nearest = str(address)
        if not _is_trusted(address, trusted):
            break
    return nearest


def _x_forwarded_for(headers: Headers) -> list[str]:
    return _parts(headers, b"x-forwarded-for")


def _forwarded(headers: Headers) -> list[str]:
    """The `for` of each part (RFC 7239); one that hides who it was (`unknown`, `_name`) can't be read as an address."""
    named = [_FOR.search(part) for part in _parts(headers, b"forwarded")]
    return [found[1].strip('"') if found else "" for found in named]


def _parts(headers: Headers, wanted: bytes) -> list[str]:
    texts = [value.decode("latin-1") for name, value in headers if name.lower() == wanted]
    return [part.strip() for part in ",".join(texts).split(",")] if texts else []


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port; an IPv4 one is the same in IPv6's writing."""
    found = _PORT.match(text.strip())
    try:
        address = ip_address((found["six"] or found["four"]) if found else text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_trusted(address: IPv4Address | IPv6Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
