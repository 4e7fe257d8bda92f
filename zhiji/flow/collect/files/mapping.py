"""A mapping file says what the columns of a file mean.

kind = "order"              # a record kind: customer, order, order_line, product, store, fact
namespace = "household"     # customers of this file are household:<id>
encoding = "auto"           # auto, utf-8, gb18030 … (CSV)
delimiter = ","             # (CSV)
time_zone = "Asia/Shanghai" # of times written without one; the workspace's by default

[columns]                   # field = "column"
id = "订单号"
placed_at = "下单时间"
[formats]                   # of times and dates that aren't ISO 8601
placed_at = "%Y/%m/%d %H:%M"
[constants]                 # fields that are the same in every row
store = "1"
[values.gender]             # what a written value means
"男" = "male"
[types]                     # of extra fields; text by default
"attributes.points" = "number"
[lines]                     # orders only: category, categories, items (and amount) from the lines' file
file = "lines.csv"
order = "订单号"
category = "品类"
amount = "金额"
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings

from zhiji.flow.collect.files.record import Field, FieldType, Record
from zhiji.kernel.registry import offered


class BadMapping(ValueError):
    """The mapping can't be used; the message says which line and what would do."""


@dataclass(frozen=True)
class Lines:
    """Where an order file finds what its lines add up to."""

    file: str
    order: str
    category: str
    amount: str


@dataclass(frozen=True)
class Mapping:
    kind: str
    columns: dict[str, str]
    namespace: str = "user"
    encoding: str = "auto"
    delimiter: str = ","
    time_zone: str = field(default_factory=lambda: settings.TIME_ZONE)
    formats: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    types: dict[str, FieldType] = field(default_factory=dict)
    lines: Lines | None = None

    @cached_property
    def record(self) -> Record:
        return records()[self.kind]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The record's fields, and the extra ones this mapping adds."""
        own = {one.name for one in self.record.fields}
        extra = [name for name in (*self.columns, *self.constants) if name not in own]
        return (
            *self.record.fields,
            *(Field(name, name.partition(".")[2], self.types.get(name, "text"), longest=2000) for name in extra),
        )

    @cached_property
    def fingerprint(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def records() -> dict[str, Record]:
    """Every kind of record that files may hold, in the order they are shown."""
    return {one.kind: one for one in sorted(offered(Record), key=lambda one: one.position)}


def load(given: Path | Table[str, Any]) -> Mapping:
    """Read a mapping from a TOML file or a dictionary. Raises BadMapping."""
    if isinstance(given, Path):
        try:
            table: Table[str, Any] = tomllib.loads(given.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadMapping(f"{given.name} 不能读作 TOML：{error}") from error
    else:
        table = given
    try:
        mapping = msgspec.convert(table, Mapping)
    except msgspec.ValidationError as error:
        raise BadMapping(f"映射的写法不对：{error}") from error
    unknown = set(table) - set(Mapping.__dataclass_fields__)
    if unknown:
        raise BadMapping(f"映射里没有 {', '.join(sorted(unknown))} 这一项")
    _check(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    if mapping.kind not in records():
        raise BadMapping(f"没有“{mapping.kind}”这种记录；可用的有 {', '.join(records())}")
    record = mapping.record
    known = {one.name for one in record.fields}
    given = {*mapping.columns, *mapping.constants}
    for name in given - known:
        if not (record.extra and name.startswith(record.extra + ".") and len(name) > len(record.extra) + 1):
            more = f" 或 {record.extra}.<名称>" if record.extra else ""
            raise BadMapping(f"“{record.label}”没有字段 {name}；可用的有 {', '.join(sorted(known))}{more}")
    derived = {"category", "categories", "items", "amount"} if mapping.lines else set()
    for one in record.fields:
        if one.required and one.name not in given | derived:
            raise BadMapping(f"“{record.label}”必须有 {one.name}({one.label}):请在 [columns] 里指出它是哪一列")
    for name, kind in mapping.types.items():
        if kind not in get_args(FieldType):
            raise BadMapping(f"{name} 的类型 {kind} 不认识；可用的有 {', '.join(get_args(FieldType))}")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", mapping.namespace):
        raise BadMapping("namespace 由小写字母、数字和下划线组成，例如 user 或 household")
    try:
        ZoneInfo(mapping.time_zone)
        "".encode("utf-8" if mapping.encoding == "auto" else mapping.encoding)
    except (KeyError, ValueError, LookupError) as error:
        raise BadMapping(f"时区或编码不认识：{error}") from error


def suggest(record: Record, header: list[str]) -> dict[str, str]:
    """Which column each field most likely is, by the header's names: field → column."""
    plain = {_plain(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    for one in record.fields:
        for alias in (one.name, one.label, *one.aliases):
            column = plain.get(_plain(str(alias)))
            if column is not None and column not in found.values():
                found[one.name] = column
                break
    return found


def likely_kind(header: list[str]) -> str:
    """The kind whose required fields a header has most of."""

    def fit(record: Record) -> tuple[float, int]:
        found = suggest(record, header)
        needed = [one.name for one in record.fields if one.required]
        return (sum(name in found for name in needed) / max(1, len(needed)), len(found))

    return max(records().values(), key=fit).kind


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-()()/.#]+", "", name).lower()
