"""Django's pages and API behind ASGI: a request crosses into a thread once, and its answer comes back once.

Django's own ASGI handler crosses for each middleware, each signal and each close, and starts a thread per request;
none of our views is asynchronous, so all of that would buy nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import islice
from typing import IO, Any

import structlog
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

log = structlog.get_logger()

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
THREADS = 12
"""As many requests at a time as the pool has database connections (see settings.database)."""
BLOCK = 256 * 1024
PATIENCE = 60.0
"""Seconds in which a client must take the next part of a stream; one that doesn't would keep a thread for ever."""
WITH_BODY = {b"content-length", b"transfer-encoding"}


class Pages(ASGIHandler):
    """The ASGI application. Streams made of rows are read in the request's own thread, files in any."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(THREADS, "pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request. Raises ValueError for anything else."""
        if scope["type"] != "http":
            raise ValueError(f"pages are served over HTTP only, not {scope['type']}")
        try:
            body = (
                await self.read_body(receive) if any(name in WITH_BODY for name, _ in scope["headers"]) else BytesIO()
            )
        except RequestAborted:
            return
        client, loop = _Client(receive, send), asyncio.get_running_loop()
        try:
            response, content = await loop.run_in_executor(self._threads, self._answer, scope, body, client.told)
            if content is not None:
                await send(_head(response))
                await send({"type": "http.response.body", "body": content})
            elif response is not None:
                await self._send_file(response, client)
        except ClientLeft:
            return
        finally:
            client.forget()

    async def _send_file(self, response: Any, client: "_Client") -> None:
        loop = asyncio.get_running_loop()
        try:
            await client.tell(_head(response))
            while block := await loop.run_in_executor(self._threads, _next, response):
                await client.tell({"type": "http.response.body", "body": block, "more_body": True})
            await client.tell({"type": "http.response.body", "body": b""})
        finally:
            await loop.run_in_executor(self._threads, response.close)

    def _answer(
        self, scope: Scope, body: IO[bytes], tell: Callable[[dict[str, Any]], None]
    ) -> tuple[Any, bytes | None]:
        """In a thread: (response, its content), (a file's response, None), or (None, None) when all was told."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = type(self)
        body.close()
        if not response.streaming:
            content = response.content
            response.close()
            return response, content
        if isinstance(response, FileResponse):
            response.block_size = BLOCK
            return response, None
        try:
            tell(_head(response))
            for block in _blocks(iter(response)):
                tell({"type": "http.response.body", "body": block, "more_body": True})
            tell({"type": "http.response.body", "body": b""})
        except ClientLeft:
            pass
        except Exception:
            # The head is out, so no error page can follow: what isn't ended is seen by the client as broken off.
            log.exception("a stream broke off", path=scope["path"])
        finally:
            response.close()
        return None, None


class ClientLeft(Exception):
    """Who asked has gone, or takes nothing any more: stop making the answer, and free what it holds."""


class _Client:
    """Who asked, told a long answer at its own pace: the server's `send` waits while the network is full.

    A server drops silently what it sends to a client that left, so that is learnt from `receive`.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._loop = asyncio.get_running_loop()
        self._leaving: asyncio.Future[Any] | None = None

    async def tell(self, message: dict[str, Any]) -> None:
        """Send one part of a stream. Raises ClientLeft."""
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._left())
        if self._leaving.done():
            raise ClientLeft
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(message)
        except TimeoutError:
            raise ClientLeft from None

    def told(self, message: dict[str, Any]) -> None:
        """The same from another thread, which waits until it is sent."""
        asyncio.run_coroutine_threadsafe(self.tell(message), self._loop).result()

    def forget(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _head(response: HttpResponseBase) -> dict[str, Any]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [(b"Set-Cookie", one.output(header="").strip().encode("ascii")) for one in response.cookies.values()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


def _next(response: Any) -> bytes:
    return next(iter(response), b"")


def _blocks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Some hundred parts at a time, as a row of a table is small."""
    while some := list(islice(parts, 500)):
        yield b"".join(some)
