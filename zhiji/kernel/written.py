"""What pages ask again and again, with other values each time: written in SQL once, and planned once.

To build a query set and to write it in SQL takes Django up to ten times what asking by hand takes; to plan it takes
PostgreSQL up to ten times what answering takes. So a named read of fixed shape is decorated, and from its second call
on only the values are put in. Each connection keeps its plans; PostgreSQL makes them anew when a table is another or
has been analysed.
"""

import sys
from collections.abc import Callable, Mapping
from copy import copy
from functools import cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.db import connection
from django.db.models import Expression, QuerySet
from psycopg.types.numeric import Int8

Row = TypeVar("Row")
Values = ParamSpec("Values")
LARGEST = 63  # bits of a whole number, beside its sign
ONLY_WHAT_IS_ASKED_FOR = sys.maxsize  # so often must any other statement come before the driver has it planned


class _Given(Expression):
    """The place of a value in the SQL."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)


class _Planned(psycopg.Cursor[Any]):
    """A cursor that has the server plan each statement once: for whole numbers of any length, too."""

    def execute(self, query: Any, params: Any = None, **_more: Any) -> "_Planned":
        named = isinstance(params, Mapping)
        values = [Int8(one) if type(one) is int else one for one in (params.values() if named else params or ())]
        return super().execute(query, dict(zip(params, values, strict=True)) if named else values, prepare=True)


def cursor() -> Any:
    """A cursor for statements of fixed text that are asked again and again; values stand beside the text."""
    connection.ensure_connection()
    connection.connection.prepare_threshold = ONLY_WHAT_IS_ASKED_FOR
    return connection._prepare_cursor(_Planned(connection.connection))  # type: ignore[attr-defined]


def written_once(read: Callable[Values, QuerySet[Any, Row]]) -> Callable[Values, list[Row]]:
    """Ask what `read` makes of its arguments, and answer the rows.

    It is called once, with stand-ins: each argument is a value that some column is compared with (an id, a text, a
    moment, never None or a list), and nothing else of the query set may depend on it. A whole number that no column
    can have finds nothing.
    """
    made: Callable[..., QuerySet[Any, Row]] = read
    names = tuple(signature(read).parameters)

    @cache
    def written() -> tuple[QuerySet[Any, Row], Any, str, list[str]]:
        connection.ensure_connection()
        queryset = made(**{name: _Given(name) for name in names})
        compiler = queryset.query.get_compiler(connection=connection)
        text, values = compiler.as_sql()
        return queryset, compiler, _filled(text, values), [one.name for one in values if isinstance(one, _Given)]

    @wraps(read)
    def asked(*args: Values.args, **kwargs: Values.kwargs) -> list[Row]:
        queryset, compiler, text, places = written()
        values = {**dict(zip(names, args, strict=False)), **kwargs}
        if any(type(one) is int and one.bit_length() > LARGEST for one in values.values()):
            return []
        with cursor() as asking:
            asking.execute(text, [values[name] for name in places])
            rows = asking.fetchall()
        own, again = copy(compiler), queryset.all()
        own.connection, own.execute_sql = connection, lambda *_args, **_kwargs: [rows]
        again.query.get_compiler = lambda *_args, **_kwargs: own  # type: ignore[method-assign]
        return list(again)

    return asked


def _filled(text: str, values: Any) -> str:
    """The SQL with all values that are always the same: so the plan knows them."""
    first, *rest = text.split("%s")
    return first + "".join(_literal(value) + part for value, part in zip(values, rest, strict=True))


def _literal(value: Any) -> str:
    if isinstance(value, _Given):
        return "%s"
    quoted: str = psycopg.sql.quote(value, connection.connection)
    return quoted.replace("%", "%%")
