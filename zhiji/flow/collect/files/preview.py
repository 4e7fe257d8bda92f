"""A look at a file before it is imported: its header, its first rows, and which of them would fail."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute

from zhiji.flow.collect.files import reading
from zhiji.flow.collect.files.checking import Checker
from zhiji.flow.collect.files.mapping import Mapping
from zhiji.flow.collect.files.record import Field
from zhiji.flow.collect.queries.words import words
from zhiji.kernel import clock

ROWS = 200
SHOWN = 8
WORDS = 20


@dataclass(frozen=True)
class Look:
    """`rows`: (number, the row's texts, {column: reason}) of the first; of `checked` rows `bad` would fail, and
    `left_out` would go in without a value.

    `words`: of each field that has choices, what is written in its column that nobody knows, the most frequent first.
    """

    header: list[str]
    rows: list[tuple[int, list[str], dict[str, str]]]
    checked: int = 0
    bad: int = 0
    left_out: int = 0
    words: dict[str, list[str]] = field(default_factory=dict)


def look(file: Path, encoding: str = "auto", delimiter: str = "auto", mapping: Mapping | None = None) -> Look:
    """Read the beginning; with a mapping, check it too. Raises UnreadableFile, BadMapping."""
    header = reading.header(file, encoding, delimiter)
    first = next(reading.chunks(file, encoding, delimiter), None)
    if first is None:
        return Look(header, [])
    rows = first.rows.slice(0, ROWS)
    problems: dict[int, dict[str, str]] = {}
    bad = left_out = 0
    unknown: dict[str, list[str]] = {}
    if mapping is not None:
        checker = Checker(mapping, header, words())
        checked = checker.check(rows)
        unknown = {one.name: some for one in mapping.fields if (some := _unknown(one, checker, first.rows))}
        bad = len(checked.bad) + len([one for one in first.misshapen if one.row <= ROWS + 1])
        left_out = len({row for row, *_why in checked.left_out})
        for row, name, reason in checked.bad + checked.left_out:
            problems.setdefault(row, {})[mapping.columns.get(name, name)] = reason
    # The first rows, and of those further down the first that would fail.
    numbers = rows["_row"].to_pylist()
    chosen = sorted({*numbers[:SHOWN], *sorted(problems)[:4]})
    texts = {row.pop("_row"): [_text(row[name]) for name in header] for row in rows.to_pylist()}
    shown = [(one, texts[one], problems.get(one, {})) for one in chosen]
    return Look(header, shown, len(numbers), bad, left_out, unknown)


def _unknown(one: Field, checker: Checker, rows: pa.Table) -> list[str]:
    """What the column of a field with choices holds that is none of them, whatever the mapping says it means."""
    column = checker.mapping.columns.get(one.name)
    if not one.choices or column is None:
        return []
    plain = replace(checker.mapping, values={})
    texts = rows[column].cast(pa.string()).combine_chunks()
    reasons = checker.reading(one, plain).column(texts, clock.now()).reasons
    counted = Counter(texts.filter(pa.compute.is_valid(reasons)).to_pylist())
    return [text.strip()[:80] for text, _count in counted.most_common(WORDS)]


def _text(value: object) -> str:
    return "" if value is None else str(value)[:80]
