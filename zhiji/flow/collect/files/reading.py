"""Read a CSV or Parquet file in chunks, in order, everything as text, with each row's number.

Rows are numbered as a person counts records in the file: the header is row 1, the first record row 2. Columns and
rows with nothing in them are left out, and so is what our own file of failures put before the columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from django.utils.translation import gettext as _

from zhiji.flow.collect.files import heading
from zhiji.flow.collect.files.encodings import Transcoded
from zhiji.flow.collect.files.heading import Heading, UnreadableFile

__all__ = ["Chunk", "Misshapen", "UnreadableFile", "chunks", "header", "size"]
BLOCK = 4 << 20  # bytes of CSV a chunk
ROWS = 50_000  # rows of Parquet a chunk


@dataclass(frozen=True)
class Misshapen:
    """A record that doesn't fit the header: why, and what stands in it."""

    row: int
    reason: str
    cells: list[str]


@dataclass(frozen=True)
class Chunk:
    """`rows` has text columns and `_row`; `position` is how much of the file's size is read after it."""

    rows: pa.Table
    misshapen: list[Misshapen] = field(default_factory=list)
    position: int = 0

    @property
    def count(self) -> int:
        """How many records it has."""
        return int(self.rows.num_rows) + len(self.misshapen)


def header(path: Path, encoding: str = "auto", delimiter: str = "auto") -> list[str]:
    """The names of the columns. Raises UnreadableFile."""
    if path.suffix.lower() == ".parquet":
        with _opened_parquet(path) as file:
            return heading.of_names(path, file.schema_arrow.names).names
    return heading.of_text(path, encoding, delimiter).names


def size(path: Path) -> int:
    """Bytes of a CSV file, rows of a Parquet file: what `Chunk.position` runs up to."""
    if path.suffix.lower() == ".parquet":
        with _opened_parquet(path) as file:
            return int(file.metadata.num_rows)
    return path.stat().st_size


def chunks(path: Path, encoding: str = "auto", delimiter: str = "auto", skip: int = 0) -> Iterator[Chunk]:
    """The file without its first `skip` records. Raises UnreadableFile."""
    parts = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path, encoding, delimiter)
    for chunk in parts:
        left = _without(skip, chunk) if skip else chunk
        skip -= min(skip, chunk.count)
        if left.count:
            yield left


def _without(skip: int, chunk: Chunk) -> Chunk:
    """The chunk without its first `skip` records."""
    numbers = sorted([*chunk.rows["_row"].to_pylist(), *(one.row for one in chunk.misshapen)])[skip:]
    if not numbers:
        return Chunk(chunk.rows.slice(0, 0), [], chunk.position)
    rows = chunk.rows.filter(pa.compute.greater_equal(chunk.rows["_row"], numbers[0]))
    return Chunk(rows, [one for one in chunk.misshapen if one.row >= numbers[0]], chunk.position)


def _opened_parquet(path: Path) -> Any:
    try:
        return pa.parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(
            _("%(file)s 不是完整的 Parquet 文件：%(reason)s") % {"file": path.name, "reason": error}
        ) from error


def _parquet(path: Path) -> Iterator[Chunk]:
    done = 0
    with _opened_parquet(path) as file:
        names = heading.of_names(path, file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=ROWS):
            first = done
            done += batch.num_rows
            yield _tidied(batch, range(first + 2, done + 2), names, [], done)


def _csv(path: Path, encoding: str, delimiter: str) -> Iterator[Chunk]:
    names = heading.of_text(path, encoding, delimiter)
    wrong: dict[int, list[str]] = {}

    def misshapen(row: Any) -> str:
        wrong[row.number] = heading.records(row.text, names.delimiter, 1)[0]
        return "skip"

    with path.open("rb") as raw:
        reader = _reader(path, raw, names, misshapen)
        number = 2
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                batch = None
            except pa.ArrowInvalid as error:
                words = {"file": path.name, "row": number, "reason": error}
                raise UnreadableFile(_("%(file)s 在第 %(row)s 行之后读不下去：%(reason)s") % words) from error
            numbers: list[int] = []
            until = number + batch.num_rows if batch is not None else max(wrong, default=1) + 1
            while number < until:
                if number in wrong:
                    until += batch is not None
                else:
                    numbers.append(number)
                number += 1
            bad = [(row, wrong.pop(row)) for row in sorted(wrong) if row < number]
            rows = batch if batch is not None else pa.RecordBatch.from_pylist([], schema=reader.schema)
            yield _tidied(rows, numbers, names, bad, raw.tell())
            if batch is None:
                return


def _tidied(batch: Any, numbers: Any, names: Heading, bad: list[tuple[int, list[str]]], position: int) -> Chunk:
    """The columns that count, without rows that have nothing in them, and what doesn't fit apart.

    A record longer than the header whose surplus is empty fits; one with something where the header has no name
    doesn't.
    """
    rows = _named(batch.columns, numbers, names)
    fitting = {row: cells[: names.count] for row, cells in bad if len(cells) > names.count and _empty(cells, names)}
    misshapen = [_unfit(row, cells, names) for row, cells in bad if row not in fitting]
    if fitting:
        columns = [pa.array([cells[place] or None for cells in fitting.values()]) for place in range(names.count)]
        more = _named(columns, list(fitting), names).cast(rows.schema)
        rows = pa.concat_tables([rows, more]).sort_by("_row")
    for place in names.unnamed:
        told = pa.compute.is_valid(batch.columns[place])
        for at in pa.compute.indices_nonzero(told).to_pylist():
            cells = ["" if one[at].as_py() is None else str(one[at].as_py()) for one in batch.columns]
            misshapen.append(_stray(numbers[at], cells, place, names))
    apart = pa.array([one.row for one in misshapen], pa.int64())
    keep = pa.compute.invert(pa.compute.is_in(rows["_row"], value_set=apart))
    something = [pa.compute.is_valid(rows[name]) for name in names.names]
    for told in something[1:]:
        something[0] = pa.compute.or_(something[0], told)
    return Chunk(rows.filter(pa.compute.and_(keep, something[0])), sorted(misshapen, key=lambda one: one.row), position)


def _named(columns: Any, numbers: Any, names: Heading) -> pa.Table:
    arrays = [columns[place] for place in names.places]
    return pa.table([*arrays, pa.array(numbers, pa.int64())], [*names.names, "_row"])


def _empty(cells: list[str], names: Heading) -> bool:
    return not any(cells[names.count :])


def _unfit(row: int, cells: list[str], names: Heading) -> Misshapen:
    own = names.places[0]
    reason = _("有 %(found)s 列，应有 %(wanted)s 列") % {"found": len(cells) - own, "wanted": names.count - own}
    return Misshapen(row, reason, cells[own:])


def _stray(row: int, cells: list[str], place: int, names: Heading) -> Misshapen:
    reason = _("第 %(place)s 列没有列名，却写着内容；请给它一个列名") % {"place": place + 1}
    return Misshapen(row, reason, [cells[one] for one in names.places])


def _reader(path: Path, raw: Any, names: Heading, misshapen: Any) -> Any:
    text = Transcoded(raw, names.encoding)
    try:
        return pa.csv.open_csv(
            pa.PythonFile(text, mode="r"),
            read_options=pa.csv.ReadOptions(block_size=BLOCK, use_threads=False),
            parse_options=pa.csv.ParseOptions(
                delimiter=names.delimiter, newlines_in_values=True, invalid_row_handler=misshapen
            ),
            convert_options=pa.csv.ConvertOptions(
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
                column_types=dict.fromkeys(names.written, pa.string()),
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableFile(_("%(file)s 不能读作 CSV：%(reason)s") % {"file": path.name, "reason": error}) from error
