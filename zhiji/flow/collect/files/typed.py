"""What the texts of a field are read as: each distinct text once, by the one normaliser of its kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa
import pyarrow.compute
from django.conf import settings
from django.utils.translation import gettext as _

from zhiji.flow.collect.files.encodings import UNDECODED
from zhiji.flow.collect.files.record import Field
from zhiji.kernel.listing import listed
from zhiji.kernel.values import (
    Refusal,
    calendar,
    coupon,
    currency,
    email,
    flag,
    gender,
    identifier,
    moment,
    money,
    number,
    phone,
)
from zhiji.kernel.values.nothing import Words
from zhiji.kernel.values.written import cell, narrow

ARROW = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "money": pa.decimal128(14, 2),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "flag": pa.bool_(),
    "json": pa.large_string(),
}
"""The types of columns; all others are text."""
FIGURES = ("integer", "number", "money")
_PLAIN: dict[str, Callable[[str], Any]] = {
    "text": cell,
    "list": cell,
    "flag": flag.parse,
    "identifier": identifier.parse,
    "person": identifier.person,
    "phone": phone.parse,
    "email": email.parse,
    "gender": gender.parse,
    "calendar": calendar.parse,
    "currency": lambda text: currency.own(text, settings.CURRENCY),
    "coupon": coupon.parse,
}


@dataclass(frozen=True)
class Column:
    """`values` of the field's type, null where there is none; `reasons`: why one couldn't be read, or null."""

    values: pa.Array
    reasons: pa.Array


def bounded(values: pa.Array, reasons: pa.Array, field: Field) -> Column:
    """Without figures below nothing, where the field's are never below it."""
    if not field.below:
        return Column(values, reasons)
    below = pa.compute.fill_null(pa.compute.less(values, pa.scalar(0, values.type)), False)
    return Column(
        pa.compute.if_else(below, pa.scalar(None, values.type), values),
        pa.compute.if_else(below, pa.scalar(_(field.below), pa.string()), reasons),
    )


@dataclass(frozen=True)
class Reading:
    """How a field is read in one file: what its words mean, how its figures and moments are written."""

    field: Field
    words: Words
    zone: ZoneInfo
    form: str = ""
    constant: str | None = None
    meanings: dict[str, str] | None = None

    def column(self, texts: pa.Array, now: datetime) -> Column:
        """Read a column of texts."""
        coded = texts.dictionary_encode()
        parse = self._parser(now)
        read = [self._read(text, parse) for text in coded.dictionary.to_pylist()]
        missing = self._read(None, parse)
        indices = coded.indices.fill_null(len(read))
        read.append(missing)
        kind = ARROW.get(self.field.type, pa.string())
        return bounded(
            pa.array([value for value, _reason in read], kind).take(indices),
            pa.array([reason for _value, reason in read], pa.string()).take(indices),
            self.field,
        )

    def _read(self, text: str | None, parse: Callable[[str], Any]) -> tuple[Any, str | None]:
        """The value of a text and nothing, or nothing and why."""
        if text is not None and self.meanings:
            text = self.meanings.get(narrow(cell(text)).casefold(), text)
        if text is None or (self.words.mean(text) and cell(text) not in self.field.listed):
            if self.constant is None:
                return None, None
            text = self.constant
        if UNDECODED in text or "\0" in text:
            return None, _("编码不对，读不出这个值")
        found = parse(text)
        if isinstance(found, Refusal):
            return None, str(found)
        if isinstance(found, str) and len(found) > self.field.longest:
            return None, _("太长，最多 %(most)s 个字") % {"most": self.field.longest}
        if self.field.choices and found not in ("", *self.field.choices):
            known = listed(map(self.field.label_of, self.field.choices))
            return None, _("不认识这个写法；可以是 %(known)s，别的写法请说明各是什么意思") % {"known": known}
        return (None if found == "" else found), None

    def _parser(self, now: datetime) -> Callable[[str], Any]:
        kind = self.field.type
        form = number.FORMS.get(self.form, number.POINT)
        before = None if self.field.open else now
        if (own := self.field.read) is not None:
            return lambda text: _in_json(own(cell(text)))
        if kind == "integer":
            return lambda text: number.whole(text, form)
        if kind == "number":
            return lambda text: _kept(number.parse(text, form), float)
        if kind == "money":
            return lambda text: _kept(money.parse(text, form, settings.CURRENCY), money.cents)
        if kind == "time":
            return lambda text: moment.parse(text, self.zone, self.form, now=before)
        if kind == "date":
            return lambda text: moment.day(text, self.zone, self.form, now=before)
        return _PLAIN[kind]


def _in_json(found: Any) -> Any:
    return found if found is None or isinstance(found, Refusal) else orjson.dumps(found).decode()


def _kept(found: Decimal | Refusal, keep: Callable[[Decimal], Any]) -> Any:
    return found if isinstance(found, Refusal) else keep(found)
