"""Rows of a small table: each column a vector, or Arrow's as it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.datatypes as dt
import numpy as np
import pyarrow as pa

from zhiji.kernel.columnar import vector
from zhiji.kernel.columnar.vector import Unfit, Vector, both


@dataclass(frozen=True)
class Frame:
    """`types` are those of the columns that are vectors."""

    count: int
    columns: Mapping[str, Vector | pa.ChunkedArray]
    types: Mapping[str, pa.DataType]

    @classmethod
    def of(cls, table: pa.Table | Frame) -> Frame:
        if isinstance(table, Frame):
            return table
        return cls(table.num_rows, dict(zip(table.column_names, table.columns, strict=True)), {})

    def vector(self, name: str, kind: dt.DataType) -> Vector:
        """A column that is said to be of this type. Raises Unfit where it can't be a vector of it."""
        column = self.columns[name]
        if isinstance(column, Vector):
            if not vector.alike(self.types[name], vector.arrow_type(kind)):
                raise Unfit(name)
            return column
        return vector.of(column, kind)

    def array(self, name: str, kind: dt.DataType) -> Any:
        """A column's values as a NumPy array; booleans that are null are false."""
        found = self.vector(name, kind)
        values = found.true if kind.is_boolean() else found.values
        return values if np.ndim(values) else np.broadcast_to(values, self.count)

    def arrow(self, names: Iterable[str] | None = None) -> pa.Table:
        """These columns, or all, as an Arrow table."""
        names = list(self.columns if names is None else names)
        return pa.table([self.column(name) for name in names], names=names)

    def column(self, name: str) -> Any:
        """A column as Arrow's."""
        found = self.columns[name]
        return vector.arrow(found, self.types[name], self.count) if isinstance(found, Vector) else found

    def values(self, name: str, places: Any) -> list[Any]:
        """The values of a column in these places."""
        found = self.columns[name]
        if not isinstance(found, Vector):
            return list(found.take(pa.array(places)).to_pylist())
        return vector.listed(found.take(places), self.types[name], len(places))

    def select(self, names: Mapping[str, str]) -> Frame:
        """The columns {new name: name}."""
        types = {new: self.types[name] for new, name in names.items() if name in self.types}
        return Frame(self.count, {new: self.columns[name] for new, name in names.items()}, types)

    def beside(self, other: Frame, key: str, other_key: str) -> Frame:
        """With the columns of another that has at most one row for each key: a left join by position."""
        keys, others = self.vector(key, dt.int64).values, other.vector(other_key, dt.int64).values
        added = {name: column for name, column in other.columns.items() if name != other_key}
        if not np.array_equal(keys, others):
            places, there = _places(keys, others)
            added = {name: _taken(column, places, there) for name, column in added.items()}
        return Frame(self.count, {**self.columns, **added}, {**self.types, **other.types})


def _places(keys: Any, others: Any) -> tuple[Any, Any]:
    """Where each key is among others, and whether it is there (None: all are)."""
    order = None if (others[1:] >= others[:-1]).all() else np.argsort(others)
    found = np.minimum(np.searchsorted(others, keys, sorter=order), max(0, len(others) - 1))
    places = found if order is None else order[found]
    there = others[places] == keys if len(others) else np.zeros(len(keys), dtype=np.bool_)
    return places, None if there.all() else there


def _taken(column: Vector | pa.ChunkedArray, places: Any, there: Any) -> Vector | pa.ChunkedArray:
    """The rows in these places; null where none is `there`."""
    if not isinstance(column, Vector):
        return column.take(pa.array(places, mask=None if there is None else ~there))
    if isinstance(column.values, pa.Array):
        taken = column.values.take(pa.array(places, mask=None if there is None else ~there))
        return Vector(taken, taken.is_valid().to_numpy(zero_copy_only=False))
    if np.ndim(column.values) and not len(column.values):
        return Vector(np.zeros(len(places), dtype=column.values.dtype), there)
    found = column.take(places)
    return Vector(found.values, both(found.valid, there))
