"""Keyset pages: a deep page costs what the first costs, because the index is entered where the last page ended.

A cursor holds the order's values at the edge of a page and is signed; a forged one, or one of another order, is
answered with the first page. Null values of the first order column come last, whichever way it runs: give such a
column an index `F("column").desc(nulls_last=True)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from math import inf
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, Value
from django.db.models.expressions import Col
from django.db.models.lookups import Exact

Row = TypeVar("Row")
Kept = Callable[[QuerySet[Any, Any]], list[Any]]
SHORTEST, LONGEST = 250, 4_000  # rows of a stretch
_signer = signing.Signer(salt="zhiji.keyset")


class TooFar(Exception):
    """Few rows of the order are wanted: it is quicker to ask for them, and to sort."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page, and the cursors of its neighbours ("" where there is none)."""

    rows: list[Row]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class _Order:
    """An order all of whose columns run one way; the primary key is the last column."""

    names: tuple[str, ...]
    fields: tuple[Field[Any, Any], ...]
    descending: bool

    @property
    def text(self) -> str:
        return ("-" if self.descending else "") + ",".join(self.names)

    @property
    def nullable(self) -> bool:
        return self.fields[0].null


def page(
    queryset: QuerySet[Any, Row],
    order: Sequence[str] = ("-id",),
    size: int = 50,
    cursor: str = "",
    kept: Kept | None = None,
    most: float = inf,
) -> Page[Row]:
    """One page of `queryset` in `order` (all columns ascending, or all with "-"; related ones by `a__b`).

    The primary key, or each column of a composite one, is added at the end where it is missing. Only the first
    column may hold nulls; rows without the related row of `a` must be filtered out by the caller. With `kept`, the
    order is walked: of each stretch's keys, a queryset, it answers the rows that the page may have.
    Raises ValueError for an order that runs both ways; TooFar when `most` rows were walked and the page isn't full.
    """
    described = _describe(queryset, order)
    back, edge = _read(cursor, described)
    fetch = partial(_fetch, queryset, described) if kept is None else partial(_walk, queryset, described, kept, most)
    rows = fetch(size + 1, back, edge)
    if back and len(rows) <= size:
        back, edge = False, None
        rows = fetch(size + 1, back, edge)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([])
    return Page(
        rows,
        next=_write(described, rows[-1], back=False) if more or back else "",
        previous=_write(described, rows[0], back=True) if edge is not None and (more or not back) else "",
    )


def every_key(queryset: QuerySet[Any, Any], order: Sequence[str]) -> list[Any]:
    """The primary keys of all rows, in the order of their pages, as of one moment.

    For a walk to the end of an order that moves: page by page, rows that meanwhile move forward would be left out.
    """
    described = _describe(queryset, order)
    sorting = [_nulls_last(name, described.descending, back=False) for name in described.names]
    return list(queryset.order_by(*sorting).values_list("pk", flat=True))


def _describe(queryset: QuerySet[Any, Any], order: Sequence[str]) -> _Order:
    ways = {name.startswith("-") for name in order}
    if len(ways) != 1:
        raise ValueError(f"an order runs one way, all columns with '-' or none: {', '.join(order)}")
    names = [name.removeprefix("-") for name in order]
    fixed = _fixed(queryset)
    names += [one.name for one in queryset.model._meta.pk_fields if not {one.name, one.attname} & {*names, *fixed}]
    return _Order(tuple(names), tuple(_field(queryset.model, name) for name in names), ways.pop())


def _fixed(queryset: QuerySet[Any, Any]) -> set[str]:
    """Columns that the queryset holds to one value: in the comparison they would only keep it from the index."""
    where = queryset.query.where
    if where.connector != "AND" or where.negated:
        return set()
    own = [one for one in where.children if isinstance(one, Exact) and isinstance(one.lhs, Col)]
    return {one.lhs.target.name for one in own if one.lhs.alias == queryset.model._meta.db_table}


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    *path, last = name.split("__")
    for step in path:
        related = model._meta.get_field(step).related_model
        if not isinstance(related, type):
            raise ValueError(f"{name} follows {step}, which leads to no table")
        model = related
    field: Any = model._meta.get_field(last)
    return field.target_field if field.is_relation else field  # type: ignore[no-any-return]


def _fetch(
    queryset: QuerySet[Any, Row], order: _Order, limit: int, back: bool, edge: Sequence[Any] | None
) -> list[Row]:
    rows: list[Row] = []
    for part in _parts(queryset, order, back, edge):
        rows.extend(part[: limit - len(rows)])
        if len(rows) >= limit:
            break
    return rows


def _walk(
    queryset: QuerySet[Any, Row],
    order: _Order,
    kept: Kept,
    most: float,
    limit: int,
    back: bool,
    edge: Sequence[Any] | None,
) -> list[Row]:
    """Stretch by stretch, each as long as the part that was kept so far lets expect.

    The next begins a tenth before the last one's end, as rows may go between two statements.
    """
    chosen: dict[Any, Row] = {}
    seen, length = 0, SHORTEST
    parts = [*_parts(queryset, order, back, edge)]
    while parts:
        if seen >= most:
            raise TooFar
        chosen |= {_value(row, order.names[-1]): row for row in kept(parts[0].values("pk")[:length])}
        if len(chosen) >= limit:
            break
        place = length - length // 10
        if last := list(parts[0][place - 1 : place]):
            edge = [_value(last[0], name) for name in order.names]
            parts = [*_parts(queryset, order, back, edge)]
        else:
            del parts[0]
        seen += length
        wanted = 1.3 * (limit - len(chosen)) * seen / max(1, len(chosen))
        length = int(min(LONGEST, max(SHORTEST, wanted)))
    return _sorted(chosen.values(), order, back)[:limit]


def _sorted(rows: Iterable[Row], order: _Order, back: bool) -> list[Row]:
    found: list[tuple[list[Any], Row]] = [([_value(row, name) for name in order.names], row) for row in rows]
    valued = [one for one in found if one[0][0] is not None]
    null = [one for one in found if one[0][0] is None]
    for some in (valued, null):
        some.sort(key=lambda one: one[0][some is null :], reverse=order.descending is not back)
    return [row for _values, row in (null + valued if back else valued + null)]


def _parts(
    queryset: QuerySet[Any, Row], order: _Order, back: bool, edge: Sequence[Any] | None
) -> Iterator[QuerySet[Any, Row]]:
    """The stretches of the index still to read, each a range of its own: those with a first value, then the nulls."""
    descending = order.descending is not back
    sorting = [F(name).desc() if descending else F(name).asc() for name in order.names]
    operator = " < " if descending else " > "
    first = order.names[0]
    if not order.nullable:
        yield (queryset if edge is None else queryset.filter(_beyond(order, 0, operator, edge))).order_by(*sorting)
        return
    sorting[0] = _nulls_last(first, order.descending, back)
    valued = queryset.filter(**{f"{first}__isnull": False}).order_by(*sorting)
    null = queryset.filter(**{f"{first}__isnull": True}).order_by(*sorting[1:])
    if edge is None:
        yield from (null, valued) if back else (valued, null)
    elif edge[0] is None:
        yield null.filter(_beyond(order, 1, operator, edge))
        if back:
            yield valued
    else:
        yield valued.filter(_beyond(order, 0, operator, edge))
        if not back:
            yield null


def _nulls_last(name: str, descending: bool, back: bool) -> Any:
    """The sort that the index `desc(nulls_last=True)` (or plain ascending) gives, read forwards or backwards."""
    if descending:
        return F(name).asc(nulls_first=True) if back else F(name).desc(nulls_last=True)
    return F(name).desc() if back else F(name).asc()


def _beyond(order: _Order, start: int, operator: str, edge: Sequence[Any]) -> Func:
    """ROW(columns) < ROW(values): one comparison that an index range answers, ties included."""
    columns = Func(*(F(name) for name in order.names[start:]), function="ROW")
    values = Func(
        *(Value(value, output_field=field) for value, field in zip(edge[start:], order.fields[start:], strict=True)),
        function="ROW",
    )
    return Func(columns, values, template="%(expressions)s", arg_joiner=operator, output_field=BooleanField())


def _write(order: _Order, row: Any, back: bool) -> str:
    values = [_plain(_value(row, name)) for name in order.names]
    return _signer.sign_object([order.text, int(back), values])


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    *path, last = name.split("__")
    for step in path:
        row = getattr(row, step, None)
    if not isinstance(row, Model):
        return None
    return getattr(row, row._meta.get_field(last).attname)  # type: ignore[union-attr]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(cursor: str, order: _Order) -> tuple[bool, list[Any] | None]:
    """(backwards, the values at the edge), or (False, None) for the first page."""
    if not cursor:
        return False, None
    try:
        text, back, values = _signer.unsign_object(cursor)
        if text != order.text:
            return False, None
        return bool(back), [
            None if value is None else field.to_python(value) for value, field in zip(values, order.fields, strict=True)
        ]
    except (signing.BadSignature, ValidationError, ValueError, TypeError):
        return False, None
