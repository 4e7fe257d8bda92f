"""What the tracking protocol must know at every request: write keys, names, words, how full the inbox is.

Read from the database at most once a second and on a key never seen, so that a changed key, name or switch
counts within two seconds, without a restart.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, Error

from zhiji.flow.collect.protocol.names import Names
from zhiji.kernel.values.nothing import Words
from zhiji.records.models import CustomField

FRESH = 1.0
DEPTH_EVERY = 2.0
PARTS = ("key", "type", "choices", "sensitive")
FIELDS = f"SELECT {', '.join(PARTS)} FROM records_customfield ORDER BY id"


@dataclass(frozen=True)
class Known:
    """A source that may send."""

    id: int
    enabled: bool


class Directory:
    """A memory of sources, names, words for nothing and fields over one connection of its own. `connect` opens it."""

    def __init__(self, connect: Any) -> None:
        self.names = Names()
        self.depth = 0
        self._connect = connect
        self._connection: AsyncConnection[Any] | None = None
        self._sources: dict[str, Known] = {}
        self._table: Any = None
        self._read_at = -1e9
        self._depth_at = -1e9
        self._wrote_at = -1e9
        self._seen: dict[int, Any] = {}
        self._lock = asyncio.Lock()

    async def source(self, key: str) -> Known | None:
        """The enabled source of a write key. Raises psycopg.Error when the database can't be asked."""
        age = time.monotonic() - self._read_at
        known = self._sources.get(key)
        if age > FRESH or (known is None and age > 0.05):
            await self.refresh()
            known = self._sources.get(key)
        return known if known is not None and known.enabled else None

    def saw(self, source_id: int, moment: Any) -> None:
        """Remember that a fact came, to be written down with the next refresh."""
        self._seen[source_id] = moment

    def due(self) -> bool:
        """Whether it is time to write down who was heard."""
        return time.monotonic() - self._wrote_at > FRESH

    async def refresh(self) -> None:
        """Read everything again, unless somebody else just did."""
        asked = time.monotonic()
        async with self._lock:
            if self._read_at > asked:
                return
            try:
                await self._read()
            except Error:
                await self.close()  # the connection may have been lost while nobody asked
                await self._read()
            self._read_at = time.monotonic()

    async def write_seen(self) -> None:
        """Write down when each source was last heard."""
        async with self._lock:
            seen, self._seen = self._seen, {}
            self._wrote_at = time.monotonic()
            if not seen:
                return
            connection = await self._opened()
            async with connection.cursor() as cursor:
                await cursor.executemany(
                    "UPDATE collect_source SET last_fact_at = %s"
                    " WHERE id = %s AND (last_fact_at IS NULL OR last_fact_at < %s)",
                    [(moment, source_id, moment) for source_id, moment in seen.items()],
                )

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _opened(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
        return self._connection

    async def _read(self) -> None:
        connection = await self._opened()
        rows = await (await connection.execute("SELECT write_key, id, enabled FROM collect_source")).fetchall()
        self._sources = {key: Known(id_, enabled) for key, id_, enabled in rows}
        table = await (
            await connection.execute("SELECT theirs, ours, properties FROM collect_eventname ORDER BY id")
        ).fetchall()
        kept = await (await connection.execute("SELECT words FROM collect_nothingwords ORDER BY id LIMIT 1")).fetchone()
        fields = await (await connection.execute(FIELDS)).fetchall()
        if (table, kept, fields) != self._table:
            words = Words(kept[0]) if kept else None
            declared = [CustomField(**dict(zip(PARTS, one, strict=True))) for one in fields]
            self._table, self.names = (table, kept, fields), Names(table, words, declared)
        if time.monotonic() - self._depth_at > DEPTH_EVERY:
            row = await (
                await connection.execute(
                    "SELECT coalesce((SELECT max(id) FROM kernel_accepted), 0)"
                    " - coalesce((SELECT min(id) FROM kernel_accepted), 0)"
                )
            ).fetchone()
            self.depth = row[0] if row else 0
            self._depth_at = time.monotonic()
