"""Read a CSV or Parquet file in chunks, in order, everything as text, with each row's number.

Rows are numbered as a person counts records in the file: the header is row 1, the first record row 2.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from zhiji.flow.collect.files import encodings
from zhiji.flow.collect.files.encodings import Transcoded

BLOCK = 4 << 20  # bytes of CSV a chunk
ROWS = 50_000  # rows of Parquet a chunk


class UnreadableFile(ValueError):
    """The file is no CSV or Parquet that can be read; the message says what to do."""


@dataclass(frozen=True)
class Misshapen:
    """A record of another number of columns than the header."""

    row: int
    text: str
    columns: int
    expected: int


@dataclass(frozen=True)
class Chunk:
    """`rows` has text columns and `_row`; `position` is how much of the file's size is read after it."""

    rows: pa.Table
    misshapen: list[Misshapen] = field(default_factory=list)
    position: int = 0


def header(path: Path, encoding: str = "auto", delimiter: str = ",") -> list[str]:
    """The names of the columns. Raises UnreadableFile."""
    if path.suffix.lower() == ".parquet":
        with _opened_parquet(path) as file:
            return list(file.schema_arrow.names)
    return _names(path, encoding, delimiter)


def size(path: Path) -> int:
    """Bytes of a CSV file, rows of a Parquet file: what `Chunk.position` runs up to."""
    if path.suffix.lower() == ".parquet":
        with _opened_parquet(path) as file:
            return int(file.metadata.num_rows)
    return path.stat().st_size


def chunks(path: Path, encoding: str = "auto", delimiter: str = ",", skip: int = 0) -> Iterator[Chunk]:
    """The file from its record `skip` on (0 is the first). Raises UnreadableFile."""
    if path.suffix.lower() == ".parquet":
        yield from _parquet(path, skip)
    else:
        yield from _csv(path, encoding, delimiter, skip)


def _opened_parquet(path: Path) -> Any:
    try:
        return pa.parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(f"{path.name} 不是完整的 Parquet 文件：{error}") from error


def _parquet(path: Path, skip: int) -> Iterator[Chunk]:
    done = 0
    with _opened_parquet(path) as file:
        for batch in file.iter_batches(batch_size=ROWS):
            first = done
            done += batch.num_rows
            if done <= skip:
                continue
            cut = max(0, skip - first)
            rows = pa.Table.from_batches([batch]).slice(cut)
            yield Chunk(_numbered(rows, range(first + cut + 2, done + 2)), position=done)


def _csv(path: Path, encoding: str, delimiter: str, skip: int) -> Iterator[Chunk]:
    wrong: dict[int, Misshapen] = {}

    def misshapen(row: Any) -> str:
        wrong[row.number] = Misshapen(row.number, row.text, row.actual_columns, row.expected_columns)
        return "skip"

    with path.open("rb") as raw:
        reader = _reader(path, raw, encoding, delimiter, misshapen)
        number = 2
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                batch = None
            except pa.ArrowInvalid as error:
                raise UnreadableFile(f"{path.name} 在第 {number} 行之后读不下去：{error}") from error
            numbers: list[int] = []
            until = number + batch.num_rows if batch is not None else max(wrong, default=1) + 1
            while number < until:
                if number in wrong:
                    until += batch is not None
                else:
                    numbers.append(number)
                number += 1
            bad = [wrong.pop(row) for row in sorted(wrong) if row < number]
            schema = reader.schema
            rows = pa.Table.from_batches([batch] if batch is not None else [], schema=schema)
            chunk = _from(skip, Chunk(_numbered(rows, numbers), bad, raw.tell()))
            if chunk.rows.num_rows or chunk.misshapen:
                yield chunk
            if batch is None:
                return


def _from(skip: int, chunk: Chunk) -> Chunk:
    """The chunk without the records before `skip`."""
    if not skip:
        return chunk
    rows = chunk.rows.filter(pa.compute.greater_equal(chunk.rows["_row"], skip + 2))
    return Chunk(rows, [one for one in chunk.misshapen if one.row >= skip + 2], chunk.position)


def _reader(path: Path, raw: Any, encoding: str, delimiter: str, misshapen: Any) -> Any:
    names = _names(path, encoding, delimiter)
    text = Transcoded(raw, encodings.of(path, encoding))
    try:
        return pa.csv.open_csv(
            pa.PythonFile(text, mode="r"),
            read_options=pa.csv.ReadOptions(block_size=BLOCK, use_threads=False),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=misshapen
            ),
            convert_options=pa.csv.ConvertOptions(
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
                column_types=dict.fromkeys(names, pa.string()),
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableFile(f"{path.name} 不能读作 CSV:{error}") from error


def _names(path: Path, encoding: str, delimiter: str) -> list[str]:
    with path.open(encoding=encodings.of(path, encoding), errors="replace", newline="") as text:
        names = next(csv.reader(text, delimiter=delimiter), [])
    if not names or not all(names) or len(set(names)) != len(names):
        raise UnreadableFile(f"{path.name} 的第一行应是各不相同的列名")
    if "_row" in names:
        raise UnreadableFile(f"{path.name} 有一列叫 _row,请换一个列名")
    return names


def _numbered(rows: pa.Table, numbers: Any) -> pa.Table:
    return rows.append_column("_row", pa.array(numbers, pa.int64()))
