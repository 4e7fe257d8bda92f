"""A look at a file before it is imported: its header, its first rows, and which of them would fail."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from zhiji.flow.collect.files import reading
from zhiji.flow.collect.files.checking import Checker
from zhiji.flow.collect.files.mapping import Mapping
from zhiji.flow.collect.files.record import Field

ROWS = 200
SHOWN = 8
WORDS = 20


@dataclass(frozen=True)
class Look:
    """`rows`: (number, the row's texts, {column: reason}) of the first; `bad` of `checked` rows would fail.

    `words`: of each field that has choices, what is written in its column that nobody knows, the most frequent first.
    """

    header: list[str]
    rows: list[tuple[int, list[str], dict[str, str]]]
    checked: int = 0
    bad: int = 0
    words: dict[str, list[str]] = field(default_factory=dict)


def look(file: Path, encoding: str = "auto", mapping: Mapping | None = None) -> Look:
    """Read the beginning; with a mapping, check it too. Raises UnreadableFile, BadMapping."""
    header = reading.header(file, encoding)
    first = next(reading.chunks(file, encoding), None)
    if first is None:
        return Look(header, [])
    rows = first.rows.slice(0, ROWS)
    problems: dict[int, dict[str, str]] = {}
    bad = 0
    words: dict[str, list[str]] = {}
    if mapping is not None:
        words = {one.name: some for one in mapping.fields if (some := _unknown(one, mapping, first.rows))}
        checked = Checker(mapping, header).check(rows)
        found = checked.bad + [(one.row, one.field, one.reason) for one in mapping.record.check(checked.good)]
        bad = len(found) + len([one for one in first.misshapen if one.row <= ROWS + 1])
        problems = {row: {mapping.columns.get(field, field): reason} for row, field, reason in found}
    # The first rows, and of those further down the first that would fail.
    numbers = rows["_row"].to_pylist()
    chosen = sorted({*numbers[:SHOWN], *sorted(problems)[:4]})
    texts = {row.pop("_row"): [_text(row[name]) for name in header] for row in rows.to_pylist()}
    return Look(header, [(one, texts[one], problems.get(one, {})) for one in chosen], len(numbers), bad, words)


def _text(value: object) -> str:
    return "" if value is None else str(value)[:80]


def _unknown(one: Field, mapping: Mapping, rows: pa.Table) -> list[str]:
    """What the column of a field with choices holds that is neither one of them nor known to mean one."""
    column = mapping.columns.get(one.name)
    if not one.choices or column is None:
        return []
    known = {*one.choices, *(word.lower() for word in one.meanings)}
    counted = Counter(text for value in rows[column].to_pylist() if (text := str(value or "").strip()))
    return [text[:80] for text, _ in counted.most_common() if text.lower() not in known][:WORDS]
