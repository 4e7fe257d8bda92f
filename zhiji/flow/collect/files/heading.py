"""The first row of a file: what its columns are called, which of them count, and what separates them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from zhiji.flow.collect.files import encodings
from zhiji.kernel.values.written import cell

OWN = ("行号", "列", "原因")
"""What our file of failures puts before the columns of the file that failed."""
DELIMITERS = (",", "\t", ";", "|")
SAMPLE, RECORDS = 1 << 18, 200


class UnreadableFile(ValueError):
    """The file is no CSV or Parquet that can be read; the message says what to do."""


@dataclass(frozen=True)
class Heading:
    """`names` of the columns that count, at their `places` in the file; `unnamed` places have no name, and nothing
    in them as far as was seen; `written` is the row as it stands. `encoding` and `delimiter` are those to read with."""

    names: list[str]
    places: list[int]
    unnamed: list[int]
    written: list[str]
    encoding: str = ""
    delimiter: str = ""

    @property
    def count(self) -> int:
        """How many columns the file has."""
        return len(self.written)


def of_text(path: Path, encoding: str, delimiter: str) -> Heading:
    """The heading of a file of text; encoding and delimiter may be `auto`. Raises UnreadableFile."""
    encoding = encodings.of(path, encoding)
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        sample = text.read(SAMPLE)
    if delimiter == "auto":
        delimiter = max(DELIMITERS, key=lambda one: len(records(sample, one, 1)[0]))
    first, *rest = records(sample, delimiter, RECORDS)
    return of_names(path, first, rest, encoding, delimiter)


def of_names(
    path: Path, given: Sequence[str], rest: Sequence[Sequence[str]] = (), encoding: str = "", delimiter: str = ""
) -> Heading:
    """The heading of these names, with some of the rows below. Raises UnreadableFile."""
    start = len(OWN) if tuple(map(cell, given[: len(OWN)])) == OWN else 0
    places: list[int] = []
    names: list[str] = []
    unnamed: list[int] = []
    for place, name in enumerate(map(cell, given)):
        if place < start:
            continue
        if not name and not any(cell(row[place]) for row in rest if len(row) > place):
            unnamed.append(place)
            continue
        places.append(place)
        names.append(name or _("第 %(n)s 列") % {"n": place + 1})
    _check(path, names, places)
    return Heading(names, places, unnamed, list(given), encoding, delimiter)


def _check(path: Path, names: Sequence[str], places: Sequence[int]) -> None:
    if not names:
        raise UnreadableFile(_("%(file)s 的第一行是空的；第一行应是列名") % {"file": path.name})
    seen: dict[str, int] = {}
    for name, place in zip(names, places, strict=True):
        if name in seen:
            words = {"file": path.name, "one": seen[name] + 1, "other": place + 1, "name": name}
            raise UnreadableFile(
                _("%(file)s 的第 %(one)s 列和第 %(other)s 列都叫“%(name)s”，请给其中一列改名或删掉它") % words
            )
        seen[name] = place
    if "_row" in seen:
        raise UnreadableFile(_("%(file)s 有一列叫 _row，请换一个列名") % {"file": path.name})


def records(text: str, delimiter: str, most: int) -> list[list[str]]:
    """The first records of a text, at least one; quotes as CSV has them."""
    found: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.append(record)
            if len(found) >= most:
                break
    except csv.Error:
        pass
    return found or [[]]
