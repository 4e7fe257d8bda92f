"""A mapping file says what the columns of a file mean.

kind = "order"              # a record kind: customer, order, order_line, product, store, fact
namespace = "household"     # customers of this file are household:<id>
encoding = "auto"           # auto, utf-8, gb18030, utf-16 … (CSV)
delimiter = "auto"          # auto, or the mark between columns (CSV)
time_zone = "Asia/Shanghai" # of times written without one; the workspace's by default

[columns]                   # field = "column"
id = "订单号"
placed_at = "下单时间"
[formats]                   # of times and dates in the letters of strptime; of figures one of 1,234.56 1.234,56 …
placed_at = "%d.%m.%Y %H:%M"
amount = "1.234,56"
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
quantity = "数量"           # optional: without it nobody knows how many items an order has
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from zhiji.flow.collect.files.record import Field, FieldType, Record
from zhiji.flow.collect.files.typed import FIGURES
from zhiji.kernel import misshapen
from zhiji.kernel.listing import listed
from zhiji.kernel.registry import offered
from zhiji.kernel.values import number
from zhiji.kernel.values.written import cell
from zhiji.records.naming import misnamed


class BadMapping(ValueError):
    """The mapping can't be used; the message says which line and what would do."""


@dataclass(frozen=True)
class Lines:
    """Where an order file finds what its lines add up to."""

    file: str
    order: str
    category: str
    amount: str
    quantity: str = ""


@dataclass(frozen=True)
class Mapping:
    kind: str
    columns: dict[str, str]
    namespace: str = "user"
    encoding: str = "auto"
    delimiter: str = "auto"
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
        every = self.record.every()
        own = {one.name for one in every}
        extra = [name for name in (*self.columns, *self.constants) if name not in own]
        return (
            *every,
            *(
                Field(name, name.partition(".")[2], self.types.get(name, "text"), longest=2000, open=True)
                for name in extra
            ),
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
            raise BadMapping(_("%(file)s 不能读作 TOML：%(reason)s") % {"file": given.name, "reason": error}) from error
    else:
        table = given
    try:
        mapping = msgspec.convert(table, Mapping)
    except msgspec.ValidationError as error:
        raise BadMapping(_("映射的写法不对：%(reason)s") % {"reason": misshapen.words(str(error))}) from error
    unknown = set(table) - set(Mapping.__dataclass_fields__)
    if unknown:
        raise BadMapping(_("映射里没有 %(names)s 这一项") % {"names": ", ".join(sorted(unknown))})
    mapping = replace(mapping, columns={name: cell(column) for name, column in mapping.columns.items()})
    _check(mapping)
    _check_forms(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    if mapping.kind not in records():
        raise BadMapping(
            _("没有“%(kind)s”这种记录；可用的有 %(known)s") % {"kind": mapping.kind, "known": ", ".join(records())}
        )
    record = mapping.record
    known = {one.name for one in record.every()}
    given = {*mapping.columns, *mapping.constants}
    for name in sorted({*given, *mapping.formats, *mapping.values} - known):
        if not (record.extra and name.startswith(record.extra + ".") and len(name) > len(record.extra) + 1):
            more = _(" 或 %(extra)s.<名称>") % {"extra": record.extra} if record.extra else ""
            words = {"label": record.label, "name": name, "known": ", ".join(sorted(known)) + more}
            raise BadMapping(_("“%(label)s”没有字段 %(name)s；可用的有 %(known)s") % words)
    for name in sorted(given - known):
        if record.extra == "attributes" and (unfit := misnamed(name.partition(".")[2])):
            words = {"name": name.partition(".")[2][:60], "reason": str(unfit)}
            raise BadMapping(_("“%(name)s”这一列不能收作自定义字段：%(reason)s；请改列名，或不收这一列") % words)
    derived = {"category", "categories", "items", "amount"} if mapping.lines else set()
    for one in record.fields:
        if one.required and not {one.name, one.instead} & (given | derived):
            words = {"record": _(record.label), "name": one.name, "label": _(one.label)}
            raise BadMapping(_("“%(record)s”必须有“%(label)s”（%(name)s）：请指出它是文件里的哪一列") % words)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", mapping.namespace):
        raise BadMapping(_("客户号的命名空间由小写字母、数字和下划线组成，例如 user 或 household"))
    if mapping.delimiter != "auto" and (len(mapping.delimiter) != 1 or mapping.delimiter in '\r\n"'):
        raise BadMapping(_("分隔符是一个字符，例如逗号、分号或制表符"))
    try:
        ZoneInfo(mapping.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadMapping(_("不认识时区 %(name)s；例如 Asia/Shanghai") % {"name": mapping.time_zone}) from error
    try:
        "".encode("utf-8" if mapping.encoding == "auto" else mapping.encoding)
    except LookupError as error:
        raise BadMapping(_("不认识编码 %(name)s；例如 gb18030") % {"name": mapping.encoding}) from error


def _check_forms(mapping: Mapping) -> None:
    for name, kind in mapping.types.items():
        if kind not in get_args(FieldType):
            words = {"name": name, "kind": kind, "known": ", ".join(get_args(FieldType))}
            raise BadMapping(_("%(name)s 的类型 %(kind)s 不认识；可用的有 %(known)s") % words)
    kinds = {one.name: one.type for one in mapping.fields}
    for name, form in mapping.formats.items():
        written = kinds.get(name, "text")
        if written in FIGURES and form not in number.FORMS:
            words = {"name": name, "known": listed(number.FORMS)}
            raise BadMapping(_("%(name)s 的数字格式应是 %(known)s 之一") % words)
        if written in ("time", "date") and not _can_be_read(form):
            raise BadMapping(_("%(name)s 的时间格式不对；例如 %%d.%%m.%%Y %%H:%%M") % {"name": name})


def _can_be_read(form: str) -> bool:
    """Whether it is a form of moments: one written so is read again."""
    now = datetime(2026, 3, 4, 15, 6, 7, tzinfo=UTC)
    try:
        return datetime.strptime(now.strftime(form), form).day == now.day  # noqa: DTZ007 - compared by the day only
    except ValueError:
        return False


def suggest(record: Record, header: Sequence[str]) -> dict[str, str]:
    """Which column each field most likely is, by the header's names: field → column."""
    told = record.ours(header)
    plain = {_plain(name): name for name in reversed(header) if name not in told}
    found: dict[str, str] = {}
    for one in record.every():
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
