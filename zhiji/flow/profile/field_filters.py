"""Custom fields as questions to the list's query, and the same questions as conditions.

A value is read as conditions read it. What a type keeps in one writing is found by the index alone.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import DateField, DecimalField, F, Func, Q, QuerySet, TextField
from django.db.models.lookups import GreaterThanOrEqual, In, LessThan, LessThanOrEqual
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from zhiji.flow.profile.filters import Filter
from zhiji.flow.profile.models import Portrait
from zhiji.kernel import clock
from zhiji.kernel.properties import property_sql
from zhiji.records.filters import Chosen, Kind
from zhiji.records.models import CustomField

Rows = QuerySet[Portrait]
KEY, HELD = "field", "field_held"
ANSWERS = (("true", _("是")), ("false", _("否")))
KIND_OF: dict[str, Kind] = {"choice": "choice", "range": "range", "dates": "dates", "held": "flag"}
"""How the list asks of a declared field, by what its type says."""


def filter_of(name: str, kind: Kind, field: CustomField | None = None) -> Filter:
    """The filter of one field, of a declared one by its type. `choices` words what is no text."""
    known: tuple[tuple[str, Any], ...] = ANSWERS if field is None or field.type == "flag" else (*field.choices_known,)
    label = field.label if field else name
    return Filter(
        HELD if kind == "flag" else KEY,
        now("有%(label)s") % {"label": label} if kind == "flag" else label,
        kind,
        lambda rows, chosen: _narrowed(rows, name, kind, field, chosen),
        70,
        (lambda user: known) if kind == "choice" else None,
        lambda chosen: _condition(name, kind, field, chosen),
        of=name,
    )


def _narrowed(rows: Rows, name: str, kind: Kind, field: CustomField | None, chosen: Chosen) -> Rows:
    if kind == "flag":
        return rows.filter(attributes__has_key=name)
    if kind == "range":
        return _bounded(rows, name, "number", chosen.low, chosen.high)
    if kind == "dates":
        return _days(rows, name, chosen) if _timed(field) else _bounded(rows, name, "day", chosen.first, chosen.last)
    if field is not None and (field.kind.chosen or field.type == "flag"):
        several = [{name: _kept(field, value)} for value in chosen.values]
        return rows.filter(reduce(or_, (Q(attributes__contains=one) for one in several)))
    return _one_of(rows, name, chosen)


def _condition(name: str, kind: Kind, field: CustomField | None, chosen: Chosen) -> dict[str, Any]:
    if kind == "flag":
        compared = field.kind.compared if field and not field.apart else "text"
        return {"kind": "attribute", "name": f"attributes.{name}", "op": "not_empty", "type": compared}
    if kind == "range":
        return _all_of(name, "number", (("ge", _json(chosen.low)), ("le", _json(chosen.high))))
    if kind == "dates" and _timed(field):
        first, after = (one and one.isoformat() for one in _span(chosen))
        return _all_of(name, "time", (("ge", first), ("lt", after)))
    if kind == "dates":
        return _all_of(name, "date", (("ge", _text(chosen.first)), ("le", _text(chosen.last))))
    if field is not None and field.kind.compared == "list":
        return _ask(name, "list", "has_any", list(chosen.values))
    if field is not None and field.type == "flag":
        return {"kind": "any", "of": [_ask(name, "flag", "eq", value == "true") for value in chosen.values]}
    return _ask(name, "text", "in", list(chosen.values))


def _timed(field: CustomField | None) -> bool:
    return field is not None and field.kind.compared == "time"


def _kept(field: CustomField, value: str) -> Any:
    """A chosen value as the field keeps it."""
    return value == "true" if field.type == "flag" else [value] if field.kind.compared == "list" else value


class Reading(Func):
    """A field's value as conditions read it."""

    _fields: dict[str, Any] = {
        "text": TextField(),
        "number": DecimalField(max_digits=18, decimal_places=4),
        "day": DateField(),
    }

    def __init__(self, name: str, kind: Any) -> None:
        template = property_sql(name.replace("%", "%%"), kind, "%(expressions)s")
        super().__init__(F("attributes"), template=template, output_field=self._fields[kind])


def _one_of(rows: Rows, name: str, chosen: Chosen) -> Rows:
    """By the index those who may be meant, of them those whose value reads so."""
    found = reduce(or_, (_holding(name, value) for value in chosen.values))
    return rows.filter(found, In(Reading(name, "text"), chosen.values))


def _holding(name: str, value: str) -> Q:
    """At least those whose field reads as `value`, as the index finds them."""
    try:
        other = json.loads(value, parse_constant=lambda word: None)
    except (ValueError, RecursionError):
        other = None
    if other is None:
        return Q(attributes__contains={name: value})
    if isinstance(other, bool) or (isinstance(other, int | float) and json.dumps(other) == value):
        return Q(attributes__contains={name: value}) | Q(attributes__contains={name: other})
    return Q(attributes__has_key=name)


def _bounded(rows: Rows, name: str, kind: str, least: Any, most: Any) -> Rows:
    """Who has the field is found by the index; its values have no order there."""
    rows, value = rows.filter(attributes__has_key=name), Reading(name, kind)
    if least is not None:
        rows = rows.filter(GreaterThanOrEqual(value, least))
    return rows if most is None else rows.filter(LessThanOrEqual(value, most))


def _days(rows: Rows, name: str, chosen: Chosen) -> Rows:
    """The same of moments, which are kept in one writing, in UTC: so their texts have their order."""
    rows, value, (first, after) = rows.filter(attributes__has_key=name), Reading(name, "text"), _span(chosen)
    if first is not None:
        rows = rows.filter(GreaterThanOrEqual(value, first.isoformat()))
    return rows if after is None else rows.filter(LessThan(value, after.isoformat()))


def _span(chosen: Chosen) -> tuple[datetime | None, datetime | None]:
    """When the first day begins, and when the last has ended, in UTC."""
    after = chosen.last and chosen.last + timedelta(days=1)
    return _midnight(chosen.first), _midnight(after)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), clock.zone()).astimezone(UTC) if day else None


def _all_of(name: str, type_: str, bounds: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {"kind": "all", "of": [_ask(name, type_, op, value) for op, value in bounds if value is not None]}


def _ask(name: str, type_: str, op: str, value: Any) -> dict[str, Any]:
    return {"kind": "attribute", "name": f"attributes.{name}", "op": op, "value": value, "type": type_}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _json(number: Decimal | None) -> int | float | None:
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
