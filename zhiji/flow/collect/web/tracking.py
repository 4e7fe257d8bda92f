"""The tracking protocol's door: bare ASGI beside Django, so that a fact costs microseconds.

POST /v1/{identify,track,page,screen,group,alias,batch} and the short names SDKs use. It answers after the
commit, never before. Everything else goes to `otherwise`.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import structlog
from psycopg import AsyncConnection, Error

from zhiji.flow.collect.directory import Directory
from zhiji.flow.collect.inbox import Full, Inbox, Overloaded, Unavailable
from zhiji.flow.collect.protocol import beside
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import BATCH_LIMIT, EVENT_LIMIT
from zhiji.flow.collect.web.intake import entry_of
from zhiji.flow.collect.web.wire import Answer, TooBig, bodiless, body_of, failed, key_of, unzipped
from zhiji.kernel import clock, rest, room

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KINDS = {
    name: kind for kind in ("identify", "track", "page", "screen", "group", "alias") for name in (kind, kind[0])
} | {"batch": "batch", "b": "batch", "import": "batch"}
ROUTES = {f"/v1/{name}{end}": kind for name, kind in KINDS.items() for end in ("", "/")}
DEPTH_LIMIT = 5_000_000
log = structlog.get_logger()


async def connect() -> AsyncConnection[Any]:
    """A connection of the tracking door's own, to the same database as Django's, in autocommit."""
    given: dict[str, Any] = {**rest.address(), "connect_timeout": 5, "application_name": "zhiji tracking"}
    return await AsyncConnection.connect(**given, autocommit=True)


class Tracking:
    """The ASGI application. `depth_limit`: with more facts than this in the inbox, senders are asked to wait."""

    def __init__(self, otherwise: App, depth_limit: int = DEPTH_LIMIT) -> None:
        self.otherwise = otherwise
        self.depth_limit = depth_limit
        self._directory: Directory | None = None
        self._inbox: Inbox | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            kind = ROUTES.get(scope["path"])
            if kind is None:
                await self.otherwise(scope, receive, send)
            elif scope["method"] == "POST":
                await (await self._answer(kind, scope, receive))(send)
            else:
                await bodiless(scope["method"])(send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self.otherwise(scope, receive, send)

    async def close(self) -> None:
        """Write what waits and let the connections go."""
        if self._inbox is not None:
            await self._inbox.close()
        if self._directory is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._write_seen(self._directory)
            await self._directory.close()
        self._inbox = self._directory = None

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, kind: str, scope: Scope, receive: Receive) -> Answer:
        try:
            return await self._take(kind, scope, receive)
        except Refusal as refusal:
            return failed(400, "malformed", refusal.sentence, place=refusal.place, reason=refusal.code)
        except TooBig as error:
            return failed(413, "too_big", str(error))
        except Overloaded:
            beside.forget()
            return failed(429, "overloaded", "too much is waiting to be written; try again", retry_after=1)
        except (Unavailable, Error) as error:
            beside.forget()
            if isinstance(error, Full) or room.short(error):
                return failed(507, "disk_full", "the disk is full; nothing was taken, try again later", retry_after=30)
            return failed(503, "unavailable", "the database is away; nothing was taken, try again", retry_after=2)

    async def _take(self, kind: str, scope: Scope, receive: Receive) -> Answer:
        if self._inbox is None or self._directory is None:
            self._inbox, self._directory = Inbox(connect), Directory(connect)
        inbox, directory = self._inbox, self._directory
        headers = dict(scope["headers"])
        key = key_of(headers)
        if key is not None and await directory.source(key) is None:
            return failed(401, "unknown_key", "no enabled source has this write key")
        limit = BATCH_LIMIT if kind == "batch" else EVENT_LIMIT
        body = unzipped(await body_of(headers, receive, limit), headers, limit)
        received = clock.now()
        request = entry_of(kind, body, directory.names, received)
        key = key or request.write_key
        source = await directory.source(key) if key else None
        if source is None:
            return failed(401, "unknown_key", "the write key goes in as Basic user name, or as writeKey in the body")
        if directory.depth > self.depth_limit:
            return failed(429, "overloaded", "the inbox is full; try again later", retry_after=10)
        entry = request.entry(source.id, directory.names)
        if entry.rows or entry.bad:
            await inbox.put(entry)
            directory.saw(source.id, received)
            if directory.due():
                await self._write_seen(directory)
        return Answer.taken(entry.bad)

    async def _write_seen(self, directory: Directory) -> None:
        try:
            await directory.write_seen()
        except Error as error:
            log.warning("last sign of a source not written", error=type(error).__name__)
