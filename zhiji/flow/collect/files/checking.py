"""Turn text into typed values, strictly: each row that has a value that won't do is known, with the column and why."""

import re
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute

from zhiji.flow.collect.files.encodings import UNDECODED
from zhiji.flow.collect.files.mapping import BadMapping, Mapping
from zhiji.flow.collect.files.record import Field

TIMES = ["%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y%m%d%H%M%S"]
DATES = ["%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y.%m.%d"]
ARROW = {
    "text": pa.string(),
    "list": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "money": pa.decimal128(14, 2),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "flag": pa.bool_(),
}
TRUE = ("1", "true", "yes", "y", "是", "t")
FALSE = ("0", "false", "no", "n", "否", "f")
REASONS = {
    "integer": "应是整数，例如 3",
    "number": "应是数字，例如 3.5",
    "money": "应是金额，例如 1234.50",
    "time": "应是时间，例如 2026-03-04 15:06:00（或在映射的 [formats] 里写明格式）",
    "date": "应是日期，例如 2026-03-04（或在映射的 [formats] 里写明格式）",
    "flag": "应是 是 或 否",
}


@dataclass(frozen=True)
class Checked:
    """`good` has a typed column per field and `_row`; `bad` says (row, field, reason) of the others."""

    good: pa.Table
    bad: list[tuple[int, str, str]]


class Checker:
    """Checks chunks of one mapping; the SQL is written once. `connect` is a DuckDB of its own."""

    def __init__(self, mapping: Mapping, header: list[str], derived: frozenset[str] = frozenset()) -> None:
        for name, column in mapping.columns.items():
            if column not in header:
                raise BadMapping(f"文件里没有“{column}”这一列（{name} 要用它）；有的列是 {', '.join(header)}")
        self.database = duckdb.connect(config={"threads": 2})
        self.database.execute(f"SET TimeZone = {_text(mapping.time_zone)}")
        self.fields = [
            one
            for one in mapping.fields
            if one.name in mapping.columns or one.name in mapping.constants or one.name in derived
        ]
        self.missing = [one for one in mapping.fields if one not in self.fields]
        self._sql = self._statement(mapping, derived)

    def check(self, rows: pa.Table) -> Checked:
        self.database.register("chunk", rows)
        try:
            checked = self.database.sql(self._sql).to_arrow_table()
        finally:
            self.database.unregister("chunk")
        fault = checked["_fault"]
        bad_rows = checked.filter(pa.compute.is_valid(fault))
        bad = [
            (row, *text.split("\t", 1))
            for row, text in zip(bad_rows["_row"].to_pylist(), bad_rows["_fault"].to_pylist(), strict=True)
        ]
        good = checked.filter(pa.compute.is_null(fault)).drop_columns(["_fault"])
        for one in self.missing:
            good = good.append_column(one.name, pa.nulls(good.num_rows, ARROW[one.type]))
        return Checked(good, bad)

    def _statement(self, mapping: Mapping, derived: frozenset[str]) -> str:
        written = ", ".join(f"{_written(one, mapping, derived)} AS {_name(one.name)}" for one in self.fields)
        typed = ", ".join(f"{_typed(one, mapping)} AS {_name('typed ' + one.name)}" for one in self.fields)
        faults = ", ".join(_fault(one) for one in self.fields)
        out = ", ".join(f"{_name('typed ' + one.name)} AS {_name(one.name)}" for one in self.fields)
        return (
            f"WITH written AS (SELECT _row, {written} FROM chunk{_join(mapping) if derived else ''}),"
            f" typed AS (SELECT *, {typed} FROM written)"
            f" SELECT _row, {out}, coalesce({faults}) AS _fault FROM typed ORDER BY _row"
        )


def _join(mapping: Mapping) -> str:
    return f" LEFT JOIN derived ON derived._order = trim({_name(mapping.columns['id'])}::VARCHAR)"


def _written(one: Field, mapping: Mapping, derived: frozenset[str]) -> str:
    """The field as text, trimmed, empty as null, values translated."""
    if one.name in mapping.columns:
        text = f"nullif(trim({_name(mapping.columns[one.name])}::VARCHAR), '')"
    elif one.name in derived and one.name not in mapping.constants:
        return f"{_name('_derived_' + one.name)}::VARCHAR"
    else:
        return _text(str(mapping.constants[one.name]))
    if one.name in mapping.constants:
        text = f"coalesce({text}, {_text(str(mapping.constants[one.name]))})"
    meanings = {**one.meanings, **mapping.values.get(one.name, {})}
    if meanings:
        said = {str(theirs).lower(): ours for theirs, ours in meanings.items()}
        cases = " ".join(f"WHEN {_text(theirs)} THEN {_text(ours)}" for theirs, ours in said.items())
        text = f"CASE lower({text}) {cases} ELSE {text} END"
    return text


def _typed(one: Field, mapping: Mapping) -> str:
    name = _name(one.name)
    figure = f"regexp_replace({name}, '[¥￥,\\s]', '', 'g')"
    if one.type == "integer":
        return f"CASE WHEN regexp_full_match({figure}, '[+-]?\\d+(\\.0+)?') THEN TRY_CAST({figure} AS BIGINT) END"
    if one.type == "number":
        return f"CASE WHEN regexp_full_match({figure}, '[+-]?\\d[\\d.eE+-]*') THEN TRY_CAST({figure} AS DOUBLE) END"
    if one.type == "money":
        return f"TRY_CAST(TRY_CAST({figure} AS DECIMAL(24, 6)) AS DECIMAL(14, 2))"
    if one.type == "flag":
        low = f"lower({name})"
        return f"CASE WHEN {low} IN {TRUE} THEN true WHEN {low} IN {FALSE} THEN false END"
    if one.type in {"time", "date"}:
        return _moment(one, mapping.formats.get(one.name))
    return name


def _moment(one: Field, form: str | None) -> str:
    name, kind = _name(one.name), "TIMESTAMPTZ" if one.type == "time" else "DATE"
    plausible = f"regexp_full_match({name}, '.*\\d.*')"
    if form:
        cast = f"TRY_CAST(try_strptime({name}, {_text(form)}) AS {kind})"
    else:
        forms = ", ".join(map(_text, TIMES + DATES if one.type == "time" else DATES))
        direct = f"TRY_CAST({name} AS {kind})"
        cast = f"coalesce({direct}, TRY_CAST(try_strptime({name}, [{forms}]) AS {kind}))"
    return f"CASE WHEN {plausible} AND year({cast}) BETWEEN 1900 AND 2199 THEN {cast} END"


def _fault(one: Field) -> str:
    """SQL that is null, or "field<tab>reason"."""
    name, typed = _name(one.name), _name("typed " + one.name)
    cases = [f"WHEN contains({name}, '{UNDECODED}') OR contains({name}, chr(0)) THEN '编码不对，读不出这个值'"]
    if one.required:
        cases.append(f"WHEN {name} IS NULL THEN '不能为空'")
    if one.type in REASONS:
        cases.append(f"WHEN {name} IS NOT NULL AND {typed} IS NULL THEN {_text(REASONS[one.type])}")
    else:
        cases.append(f"WHEN length({name}) > {one.longest} THEN '太长，最多 {one.longest} 个字'")
    if one.choices:
        allowed = ", ".join(map(_text, one.choices))
        known = "、".join(map(one.label_of, one.choices))
        reason = f"不认识这个写法；可以是 {known}，别的写法请在映射里对应（[values.{one.name}]）"
        cases.append(f"WHEN {name} IS NOT NULL AND {typed} NOT IN ({allowed}) THEN {_text(reason)}")
    return f"CASE {' '.join(_prefixed(case, one.name) for case in cases)} END"


def _prefixed(case: str, field: str) -> str:
    head, _, reason = case.rpartition(" THEN ")
    return f"{head} THEN {_text(field + chr(9))} || {reason}"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: Any) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def split(text: str | None) -> list[str]:
    """A list written in one value: separated by ; , | or 、"""
    return [part.strip() for part in re.split(r"[;,|、;,]", text or "") if part.strip()]
