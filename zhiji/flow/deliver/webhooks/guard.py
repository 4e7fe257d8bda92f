"""Which addresses a webhook may call: the check is made on the very address that is then connected to.

A name is resolved once, every address it has is judged, and the connection goes to the judged address, so a name
that answers differently the second time (DNS rebinding) gains nothing. Redirects are not followed at all.
"""

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import httpcore
from django.conf import settings

from zhiji.flow.deliver.webhooks.internet import is_public


class ForbiddenAddress(Exception):
    """The destination is on this machine or a private network; set ZHIJI_WEBHOOK_PRIVATE=true to allow that."""


async def resolve(host: str, port: int) -> list[str]:
    """Every address of `host`, in the resolver's order. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that may be called. Raises ForbiddenAddress before a packet is sent."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        if not settings.OPTIONS.webhook_private:
            for address in addresses:
                if not is_public(address):
                    raise ForbiddenAddress(f"{host} is {address}, which is not a public address")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise ForbiddenAddress("a socket file is no destination of a webhook")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
