"""Columns that are made when a slice is read, the same for every engine: by PostgreSQL, or from its columns by numpy.

Each is made for the moment that the slice is read for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from psycopg.sql import Literal as Quoted

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, CUSTOM
from zhiji.kernel import clock, kept
from zhiji.kernel.properties import property_sql

Calendar = Literal["own", "solar", "lunar"]
CalendarUnit = Literal["days", "weeks", "months", "years"]
Direction = Literal["since", "until"]
Logs = Literal["scheme", "segment"]
Told = Literal["is", "was", "held"]
Sources = Mapping[str, tuple[str, pa.DataType]]


def quoted(value: Any) -> str:
    """A value as an SQL literal, with per cent signs doubled."""
    return Quoted(value).as_string(None).replace("%", "%%")


def day_sql(attribute: str) -> str:
    """The day of a date, a moment (in the workspace's zone) or a custom field."""
    if attribute not in ATTRIBUTES:
        return property_sql(attribute.removeprefix(CUSTOM), "day", "p.attributes")
    known = ATTRIBUTES[attribute]
    return f"({known.sql} AT TIME ZONE {quoted(clock.zone().key)})::date" if known.type == "time" else known.sql


@dataclass(frozen=True)
class Made:
    """A column of the customers' table: the columns of PostgreSQL it is made from, and how.

    `given` says that the portrait alone has those.
    """

    given: ClassVar[bool] = True

    @property
    def column(self) -> str:
        raise NotImplementedError

    @property
    def type(self) -> str:
        """The engine's type."""
        return "int64"

    def sources(self) -> Sources:
        """{name: (SQL beside `p`, `c` and what `joins` joins, Arrow type)}; equal names are equal columns."""
        raise NotImplementedError

    def joins(self, as_of: datetime, only: str) -> Mapping[str, str]:
        """{alias: subquery with customer_id} joined to the customers; `only` restricts its `m.customer_id`."""
        return {}

    def make(self, table: pa.Table, as_of: datetime) -> pa.Array | pa.ChunkedArray:
        return table.column(self.column)


def _days(table: pa.Table, name: str) -> tuple[kept.Days, kept.Flags]:
    """A column of days as numbers, and which are known."""
    column = table.column(name)
    known = column.is_valid().to_numpy(zero_copy_only=False)
    numbers = column.cast(pa.int32()).fill_null(0).to_numpy().astype(np.int64)
    return numbers, known


def _number(day: date) -> int:
    return day.toordinal() - kept.EPOCH


@dataclass(frozen=True)
class KeptDay(Made):
    """Days from the last kept day to today (`behind`), or from today to the next (`ahead`); null without one."""

    attribute: str
    calendar: Calendar
    side: Literal["behind", "ahead"]

    @property
    def column(self) -> str:
        return f"kept {self.side}:{self.calendar}:{self.attribute}"

    @property
    def by_calendar(self) -> bool:
        return self.attribute == "birthday" and self.calendar == "own"

    def sources(self) -> Sources:
        day = {f"day:{self.attribute}": (day_sql(self.attribute), pa.date32())}
        return day | ({"birthday calendar": ("p.birthday_calendar", pa.string())} if self.by_calendar else {})

    def make(self, table: pa.Table, as_of: datetime) -> pa.Array:
        days, known = _days(table, f"day:{self.attribute}")
        lunar = np.full(len(days), self.calendar == "lunar")
        if self.by_calendar:
            lunar = np.array(table.column("birthday calendar").to_pylist(), dtype=object) == "lunar"
        behind, ahead = kept.nearest(days, lunar.astype(bool), clock.day_of(as_of))
        found = behind if self.side == "behind" else ahead
        return pa.array(found, type=pa.int64(), mask=~known | (found == kept.NEVER))


@dataclass(frozen=True)
class Lapse(Made):
    """Whole calendar units from the attribute's day to today, or from today to it; null on the other side."""

    attribute: str
    unit: CalendarUnit
    direction: Direction

    @property
    def column(self) -> str:
        return f"{self.unit} {self.direction}:{self.attribute}"

    def sources(self) -> Sources:
        return {f"day:{self.attribute}": (day_sql(self.attribute), pa.date32())}

    def make(self, table: pa.Table, as_of: datetime) -> pa.Array:
        days, known = _days(table, f"day:{self.attribute}")
        now = np.full(len(days), _number(clock.day_of(as_of)))
        first, second = (days, now) if self.direction == "since" else (now, days)
        if self.unit in ("days", "weeks"):
            found = (second - first) // (7 if self.unit == "weeks" else 1)
        else:
            found = kept.months_between(first, second) // (12 if self.unit == "years" else 1)
        return pa.array(found, type=pa.int64(), mask=~known | (second < first))


@dataclass(frozen=True)
class Drawn(Made):
    """The customer's bucket, 1 to `of`, by md5 of the salt and the root's id."""

    given = False
    salt: str
    of: int

    @property
    def column(self) -> str:
        return f"bucket:{self.of}:{self.salt}"

    def sources(self) -> Sources:
        hashed = f"md5({quoted(self.salt + ':')} || c.id)"
        return {self.column: (f"mod(('x' || left({hashed}, 8))::bit(32)::bigint, {self.of}) + 1", pa.int64())}


@dataclass(frozen=True)
class Logged(Made):
    """What the membership log last told, up to the moment: of a scheme the class entered (`is`), the one before
    (`was`); of both kinds the whole days since (`held`; of a segment that was left, null)."""

    given = False
    kind: Logs
    key: str
    what: Told

    @property
    def column(self) -> str:
        return f"{self.what}:{self.kind}:{self.key}"

    @property
    def type(self) -> str:
        return "int64" if self.what == "held" else "string"

    @property
    def _alias(self) -> str:
        return f"log:{self.kind}:{self.key}"

    def sources(self) -> Sources:
        if self.what == "held":
            return {f"day of {self._alias}": (f'"{self._alias}".day', pa.date32())}
        return {self.column: (f'"{self._alias}"."{self.what}"', pa.string())}

    def joins(self, as_of: datetime, only: str) -> Mapping[str, str]:
        day = f"(m.at AT TIME ZONE {quoted(clock.zone().key)})::date"
        own = f"(SELECT id FROM segment_{self.kind} WHERE key = {quoted(self.key)})"
        told = f"CASE WHEN m.entered THEN {day} END AS day"
        classes = ""
        if self.kind == "scheme":
            told = f'{day} AS day, t.key AS "is", f.key AS "was"'
            classes = (
                " LEFT JOIN segment_schemeclass t ON t.id = m.to_class_id"
                " LEFT JOIN segment_schemeclass f ON f.id = m.from_class_id"
            )
        return {
            self._alias: f"SELECT DISTINCT ON (m.customer_id) m.customer_id, {told} FROM segment_membershipchange m"
            f"{classes} WHERE m.{self.kind}_id = {own} AND m.at <= {quoted(as_of)} {only}"
            " ORDER BY m.customer_id, m.at DESC, m.id DESC"
        }

    def make(self, table: pa.Table, as_of: datetime) -> pa.Array | pa.ChunkedArray:
        if self.what != "held":
            return table.column(self.column)
        days, known = _days(table, f"day of {self._alias}")
        return pa.array(_number(clock.day_of(as_of)) - days, type=pa.int64(), mask=~known)
