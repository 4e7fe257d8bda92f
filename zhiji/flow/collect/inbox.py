"""The inbox's writer: while one group of requests is written, the next gathers; a group is one COPY and one commit.

One writer a process is the cheapest, as the fuller a group, the less a fact costs. A request's answer waits for the
commit of the group it went in with. When the database refuses a group, the group is halved until the rows it refuses
stand alone; those go to quarantine and the rest goes in. When the connection is lost, nobody in the group is told
that it was taken.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from psycopg import AsyncConnection, DataError, Error, IntegrityError, InternalError, NotSupportedError
from psycopg.errors import ProgramLimitExceeded, StatementTooComplex

from zhiji.access import privacy
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.rows import COLUMNS, HEADER, TRAILER
from zhiji.kernel import room
from zhiji.kernel.rest import RING, rings

GROUP_BYTES = 8 * 1024 * 1024
WAITING_BYTES = 64 * 1024 * 1024
# A condition that may vary, here one that always holds, has PostgreSQL put in row by row. By the thousand costs more:
# it readies a slot for each row and registers all of them under one key, a list that 17 and 18 walk each time.
COPY = f"COPY kernel_accepted ({COLUMNS}) FROM STDIN (FORMAT BINARY) WHERE random() >= 0"
REFUSED = (DataError, IntegrityError, InternalError, NotSupportedError, ProgramLimitExceeded, StatementTooComplex)
log = structlog.get_logger()


class Unavailable(Exception):
    """The database can't be reached; nothing of this request was acknowledged. Try again soon."""


class Full(Unavailable):
    """The disk is full; nothing of this request was acknowledged. Try again when there is room."""


class Overloaded(Exception):
    """More is waiting than memory should hold. Try again soon."""


@dataclass
class Bad:
    """An event for the quarantine, as it came."""

    refusal: Refusal
    body: bytes


@dataclass
class Entry:
    """What one request brings: rows and bad events. `origin` gives a row's place and event, should it be refused."""

    source_id: int
    rows: list[bytes]
    origin: Callable[[int], tuple[str, bytes]]
    bad: list[Bad] = field(default_factory=list)
    sent_at: Any = None
    size: int = 0
    done: asyncio.Future[None] | None = None


class Inbox:
    """A writer over a connection of its own, started at the first `put`."""

    def __init__(self, connect: Callable[[], Awaitable[AsyncConnection[Any]]]) -> None:
        self._connect = connect
        self._waiting: list[Entry] = []
        self._bytes = 0
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def put(self, entry: Entry) -> None:
        """Return once the entry is committed. Raises Overloaded or Unavailable; then nothing may be acknowledged."""
        if self._closing:
            raise Unavailable
        entry.size = sum(map(len, entry.rows)) + sum(len(bad.body) for bad in entry.bad)
        if self._bytes + entry.size > WAITING_BYTES:
            raise Overloaded
        if self._task is None:
            self._task = asyncio.create_task(self._write())
        entry.done = asyncio.get_running_loop().create_future()
        self._bytes += entry.size
        self._waiting.append(entry)
        self._some.set()
        await entry.done

    async def close(self) -> None:
        """Write what waits, then end."""
        self._closing = True
        self._some.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _write(self) -> None:
        connection: AsyncConnection[Any] | None = None
        while True:
            await self._some.wait()
            group = self._take()
            if not group:
                if self._closing:
                    break
                continue
            connection, error = await self._written(connection, group)
            self._settle(group, error)
        if connection is not None:
            await connection.close()

    async def _written(
        self, connection: AsyncConnection[Any] | None, group: list[Entry]
    ) -> tuple[AsyncConnection[Any] | None, Unavailable | None]:
        """Commit a group, once more over a new connection when the first was lost (a fact's key makes it safe)."""
        failure = Unavailable()
        for attempt in (1, 2):
            try:
                if connection is None or connection.closed:
                    connection = await self._connect()
                await commit(connection, group)
                if rings.due():
                    await connection.execute(RING)
                return connection, None
            except Exception as error:
                failure = Full() if room.short(error) else Unavailable()
                told = "disk full" if isinstance(failure, Full) else type(error).__name__
                log.warning("facts not written", error=told, requests=len(group), attempt=attempt)
                if connection is not None:
                    await connection.close()
                connection = None
        return None, failure

    def _take(self) -> list[Entry]:
        """The next group, at least one entry and at most GROUP_BYTES."""
        size = 0
        for count, entry in enumerate(self._waiting):
            size += entry.size
            if size > GROUP_BYTES and count:
                break
        else:
            count = len(self._waiting)
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        if not self._waiting and not self._closing:
            self._some.clear()
        return group

    def _settle(self, group: list[Entry], error: Exception | None) -> None:
        for entry in group:
            self._bytes -= entry.size
            if entry.done is not None and not entry.done.done():
                if error is None:
                    entry.done.set_result(None)
                else:
                    entry.done.set_exception(error)


async def commit(connection: AsyncConnection[Any], group: Sequence[Entry]) -> None:
    """Write a group and commit it, refused rows to quarantine. Raises psycopg.Error when the database is away."""
    rows = [row for entry in group for row in entry.rows]
    try:
        if any(entry.bad for entry in group):
            async with connection.transaction():
                await _copy(connection, rows)
                await _quarantine(connection, group)
        else:
            await _copy(connection, rows)  # in autocommit: its own transaction
    except REFUSED:
        every = [(entry, position) for entry in group for position in range(len(entry.rows))]
        async with connection.transaction():
            culprits = await _sift(connection, every)
            await _quarantine(connection, [*group, *culprits])
        for culprit in culprits:
            culprit.origin.bad.extend(culprit.bad)


async def _copy(connection: AsyncConnection[Any], rows: Sequence[bytes]) -> None:
    if rows:
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            await copy.write(b"".join((HEADER, *rows, TRAILER)))


@dataclass
class Culprit:
    """An event that only the database refused, and the entry it came in."""

    origin: Entry
    bad: list[Bad]

    @property
    def source_id(self) -> int:
        return self.origin.source_id

    @property
    def sent_at(self) -> Any:
        return self.origin.sent_at


async def _sift(connection: AsyncConnection[Any], some: list[tuple[Entry, int]]) -> list[Culprit]:
    """COPY in halves under savepoints until what is refused stands alone."""
    try:
        async with connection.transaction():
            await _copy(connection, [entry.rows[position] for entry, position in some])
        return []
    except REFUSED as error:
        if len(some) > 1:
            half = len(some) // 2
            return await _sift(connection, some[:half]) + await _sift(connection, some[half:])
        entry, position = some[0]
        place, event = entry.origin(position)
        return [Culprit(entry, [Bad(Refusal(place, "refused", _said(error)), event)])]


def _said(error: Error) -> str:
    """The server's words without its DETAIL, which quotes values."""
    return error.diag.message_primary or type(error).__name__


async def _quarantine(connection: AsyncConnection[Any], group: Sequence[Entry | Culprit]) -> None:
    rows = [
        (
            entry.source_id,
            bad.refusal.place,
            bad.refusal.code,
            bad.refusal.detail[:500],
            privacy.seal(bad.body, "quarantine"),
            entry.sent_at,
        )
        for entry in group
        for bad in entry.bad
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO collect_quarantined (source_id, place, code, detail, body, sent_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )
