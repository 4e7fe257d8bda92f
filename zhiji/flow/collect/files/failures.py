"""The file of what didn't go in: row number, column, reason, then the row as it was. Mend it and import it again.

It holds rows that failed, and rows that went in without a value; imported again, its first three columns are left out.
"""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
from django.conf import settings

from zhiji.flow.collect.files.heading import OWN
from zhiji.flow.collect.files.reading import Chunk
from zhiji.flow.collect.models import ImportRun
from zhiji.kernel.values.written import safe


def folder() -> Path:
    """Where imports keep their files, readable by us only."""
    path: Path = settings.HOME / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


class File:
    """Appends; what a killed run had written but not committed is cut off first."""

    def __init__(self, run: ImportRun, header: list[str]) -> None:
        self.path = folder() / f"{run.pk}-failures.csv"
        self.header = header
        self._bytes = run.failures_bytes

    def add(self, chunk: Chunk, bad: Sequence[tuple[int, str, str]]) -> int:
        """Write the rows of `chunk` that are named. Returns the length that counts once the chunk is committed."""
        if not bad and not chunk.misshapen:
            return self._bytes
        rows = self._rows(chunk, [one[0] for one in bad])
        lines: list[tuple[Any, ...]] = [(row, field, reason, *rows[row]) for row, field, reason in bad]
        for one in chunk.misshapen:
            lines.append((one.row, "", one.reason, *one.cells))
        text = io.StringIO()
        writer = csv.writer(text)
        if not self._bytes:
            writer.writerow([*OWN, *map(safe, self.header)])
        lines.sort(key=lambda line: int(line[0]))
        writer.writerows([row, *(safe(_text(one)) for one in rest)] for row, *rest in lines)
        self._append((b"" if self._bytes else b"\xef\xbb\xbf") + text.getvalue().encode())
        return self._bytes

    def _append(self, content: bytes) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(self._bytes)
            file.seek(self._bytes)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._bytes += len(content)

    def _rows(self, chunk: Chunk, numbers: list[int]) -> dict[int, list[Any]]:
        mask = pa.compute.is_in(chunk.rows["_row"], value_set=pa.array(numbers, pa.int64()))
        rows = chunk.rows.filter(mask).select(["_row", *self.header])
        return {row["_row"]: [row[name] for name in self.header] for row in rows.to_pylist()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
