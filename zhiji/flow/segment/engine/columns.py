"""Columns in memory that grow at their end: of numbers, of texts, with nulls."""

from typing import Any

import ibis.expr.datatypes as dt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiji.kernel import lake
from zhiji.kernel.columnar import vector

Rows = np.ndarray[Any, np.dtype[np.int64]]
Codes = np.ndarray[Any, np.dtype[np.int32]]
NULL = np.iinfo(np.int64).min
NO_TEXT = -1
TEN_THOUSANDTHS = dt.Decimal(18, 4)
MOST_TEXTS = 2_000_000  # different values of a column that are kept


class TooMany(Exception):
    """More than is kept in memory: bytes, or different texts of a column."""


class Grown:
    """An array with room at its end."""

    def __init__(self, values: "np.ndarray[Any, Any]") -> None:
        self.count = len(values)
        self._array = values

    @property
    def values(self) -> "np.ndarray[Any, Any]":
        return self._array[: self.count]

    def append(self, more: "np.ndarray[Any, Any]") -> None:
        needed = self.count + len(more)
        if needed > len(self._array):
            grown = np.empty(needed + needed // 8 + 1024, dtype=self._array.dtype)
            grown[: self.count] = self.values
            self._array = grown
        self._array[self.count : needed] = more
        self.count = needed

    @property
    def nbytes(self) -> int:
        return self._array.nbytes


class Numbers(Grown):
    """Numbers with four decimals, as whole ten-thousandths."""

    def __init__(self, column: pa.ChunkedArray, order: Rows) -> None:
        super().__init__(_ten_thousandths(column)[order])

    def add(self, column: pa.ChunkedArray) -> None:
        self.append(_ten_thousandths(column))

    def take(self, rows: Rows) -> pa.Array:
        found = self.values[rows]
        missing = found == NULL
        return vector.arrow(vector.Vector(found, ~missing if missing.any() else None), lake.NUMBER, len(found))


class Texts(Grown):
    """Texts, each different one kept once."""

    def __init__(self, column: pa.ChunkedArray, order: Rows) -> None:
        self._codes: dict[str, int] = {}
        self._texts = pa.array([], pa.string())
        super().__init__(self._coded(column)[order])

    def add(self, column: pa.ChunkedArray) -> None:
        self.append(self._coded(column))

    def take(self, rows: Rows) -> pa.Array:
        codes = self.values[rows]
        return self._texts.take(pa.array(codes, mask=codes == NO_TEXT))

    def _coded(self, column: pa.ChunkedArray) -> Codes:
        encoded = column.dictionary_encode().combine_chunks()
        texts = encoded.dictionary.to_pylist()
        new = [text for text in texts if text not in self._codes]
        if new:
            if len(self._codes) + len(new) > MOST_TEXTS:
                raise TooMany
            self._codes.update(zip(new, range(len(self._codes), len(self._codes) + len(new)), strict=True))
            self._texts = pa.concat_arrays([self._texts, pa.array(new, pa.string())])
        numbers = np.array([self._codes[text] for text in texts] + [NO_TEXT], dtype=np.int32)
        coded: Codes = numbers[pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False)]
        return coded


def _ten_thousandths(column: pa.ChunkedArray) -> Rows:
    found = vector.of(column, TEN_THOUSANDTHS)
    digits: Rows = found.values if found.valid is None else np.where(found.valid, found.values, NULL)
    return digits
