"""Turn text into typed values: of each row that has a value that won't do, the column and why are known."""

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.compute
from django.utils.translation import gettext as _

from zhiji.flow.collect.files.derive import DERIVED
from zhiji.flow.collect.files.mapping import BadMapping, Mapping
from zhiji.flow.collect.files.record import Field
from zhiji.flow.collect.files.typed import ARROW, Column, Reading, bounded
from zhiji.kernel import clock
from zhiji.kernel.values.nothing import Words
from zhiji.kernel.values.written import cell, narrow

Fault = tuple[int, str, str]
"""(row, field, reason)."""


@dataclass(frozen=True)
class Checked:
    """`good` has a typed column per field and `_row`; `bad` says why the others can't go in, the first reason of each;
    `left_out` of which values good rows are taken without."""

    good: pa.Table
    bad: list[Fault]
    left_out: list[Fault] = field(default_factory=list)


class Checker:
    """Checks chunks of one mapping. `database` is a DuckDB of its own."""

    def __init__(self, mapping: Mapping, header: list[str], words: Words) -> None:
        for name, column in mapping.columns.items():
            if column not in header:
                raise BadMapping(
                    _("文件里没有“%(column)s”这一列（%(field)s 要用它）；有的列是 %(known)s")
                    % {"column": column, "field": name, "known": ", ".join(header)}
                )
        self.mapping = mapping
        self.database = duckdb.connect(config={"threads": 2})
        self.words = words
        self._zone = ZoneInfo(mapping.time_zone)

    def check(self, rows: pa.Table) -> Checked:
        now = clock.now()
        texts = self._texts(rows)
        typed: dict[str, Column] = {}
        for one in self.mapping.fields:
            if one.name in self.mapping.columns or one.name in self.mapping.constants:
                column = texts.get(one.name, pa.nulls(rows.num_rows, pa.string()))
                typed[one.name] = self.reading(one).column(column, now)
        if self.mapping.lines is not None:
            typed = self._derived(typed["id"].values) | typed
        values = {name: column.values for name, column in typed.items()}
        return self._parted(rows["_row"].combine_chunks(), values, typed)

    def reading(self, one: Field, mapping: Mapping | None = None) -> Reading:
        """How a field of this file is read, by another mapping if one is given."""
        mapping = mapping or self.mapping
        said = {**one.meanings, **mapping.values.get(one.name, {})}
        return Reading(
            one,
            self.words,
            self._zone,
            mapping.formats.get(one.name, ""),
            mapping.constants.get(one.name),
            {narrow(cell(theirs)).casefold(): ours for theirs, ours in said.items()},
        )

    def _texts(self, rows: pa.Table) -> dict[str, pa.Array]:
        """The columns that are mapped, as text."""
        columns = self.mapping.columns
        if not columns:
            return {}
        if any(not pa.types.is_string(rows[column].type) for column in columns.values()):
            parts = ", ".join(
                f"CAST({_name(column)} AS VARCHAR) AS {_name(column)}" for column in set(columns.values())
            )
            self.database.register("chunk", rows)
            try:
                rows = self.database.sql(f"SELECT {parts}, _row FROM chunk ORDER BY _row").to_arrow_table()
            finally:
                self.database.unregister("chunk")
        return {name: rows[column].cast(pa.string()).combine_chunks() for name, column in columns.items()}

    def _derived(self, orders: pa.Array) -> dict[str, Column]:
        """What the lines of these orders add up to, null where there are none."""
        numbered = pa.table({"at": pa.array(range(len(orders)), pa.int64()), "id": orders})
        self.database.register("orders", numbered)
        try:
            found = self.database.sql(
                "SELECT derived.* FROM orders LEFT JOIN derived ON derived._order = orders.id ORDER BY orders.at"
            ).to_arrow_table()
        finally:
            self.database.unregister("orders")
        fields = {one.name: one for one in self.mapping.fields}
        return {name: self._sum(found[f"_derived_{name}"], fields[name]) for name in DERIVED}

    @staticmethod
    def _sum(found: pa.ChunkedArray, one: Field) -> Column:
        values = found.cast(ARROW.get(one.type, pa.string())).combine_chunks()
        return bounded(values, pa.nulls(len(values), pa.string()), one)

    def _parted(self, numbers: pa.Array, values: dict[str, pa.Array], typed: dict[str, Column]) -> Checked:
        """Rows that can go in, those that can't, and the values left out of the first."""
        bad: dict[int, Fault] = {}
        left_out: list[Fault] = []
        for one in self.mapping.fields:
            deciding = one.required or one.decisive
            for at, reason in self._faults(one, values, typed):
                fault = (numbers[at].as_py(), one.name, reason)
                if deciding:
                    bad.setdefault(at, fault)
                else:
                    left_out.append(fault)
        keep = pa.array([at not in bad for at in range(len(numbers))], pa.bool_())
        columns = [
            values.get(one.name, pa.nulls(len(numbers), ARROW.get(one.type, pa.string())))
            for one in self.mapping.fields
        ]
        names = [one.name for one in self.mapping.fields]
        good = pa.table([*columns, numbers], [*names, "_row"]).filter(keep)
        rows = {fault[0] for fault in bad.values()}
        return Checked(good, sorted(bad.values()), [one for one in left_out if one[0] not in rows])

    def _faults(self, one: Field, values: dict[str, pa.Array], typed: dict[str, Column]) -> list[tuple[int, str]]:
        """(place, reason) of each value that couldn't be read, or is missing where one is required."""
        found: list[tuple[int, str]] = []
        if one.name in typed:
            reasons = typed[one.name].reasons
            found = [(at, reasons[at].as_py()) for at in _places(pa.compute.is_valid(reasons))]
        if one.required:
            said = {at for at, _reason in found}
            missing = set.intersection(*(_empty(values[name]) for name in (one.name, one.instead) if name in values))
            found += [(at, _("不能为空")) for at in sorted(missing - said)]
        return found


def _places(told: pa.Array) -> list[int]:
    return list(pa.compute.indices_nonzero(told).to_pylist())


def _empty(values: pa.Array) -> set[int]:
    return set(_places(pa.compute.is_null(values)))


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def split(text: str | None) -> list[str]:
    """A list written in one value: separated by ; , | or 、"""
    return [part.strip() for part in re.split(r"[;,|、;,]", text or "") if part.strip()]
