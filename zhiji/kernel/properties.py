"""How a property of a fact is read as a text or as a number: the same answer from every engine.

A number has four decimals and is null where the property is none; a number read as text has no trailing zeros. A day
is a text YYYY-MM-DD, a moment one in ISO's writing with its zone; only PostgreSQL is asked for these.
"""

from typing import Literal

from psycopg.sql import Literal as Quoted

Kind = Literal["number", "text"]
FIGURES = r"""("(?:\\.|[^"\\])*")|(-?[0-9]+\.[0-9]*[1-9])0*|(-?[0-9]+)\.0+"""
"""In JSON text: texts, which stay (1), and numbers with a point, but for the zeros at their end (2, 3)."""


def property_sql(name: str, kind: Kind | Literal["day", "moment"], source: str = "properties") -> str:
    """PostgreSQL's reading of a property in a jsonb column."""
    if kind == "day":
        day = property_sql(name, "text", source)
        written = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
        return f"(CASE WHEN {day} ~ {written} AND pg_input_is_valid({day}, 'date') THEN {day}::date END)"
    if kind == "moment":
        text = property_sql(name, "text", source)
        written = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:[0-9]{2})$'"
        return (
            f"(CASE WHEN {text} ~ {written} AND pg_input_is_valid({text}, 'timestamptz') THEN {text}::timestamptz END)"
        )
    quoted = Quoted(name).as_string(None).replace("%", "%%")
    text, value = f"({source}->>{quoted})", f"({source}->{quoted})"
    if kind == "text":
        number = f"jsonb_typeof({value}) = 'number'"
        return f"(CASE WHEN {number} THEN trim_scale({value}::numeric)::text ELSE {text} END)"
    number = f"CASE WHEN abs({value}::numeric) < 1e14 THEN round({value}::numeric, 4) END"
    written = f"CASE WHEN {text} ~ '^-?[0-9]{{1,14}}(\\.[0-9]+)?$' THEN round({text}::numeric, 4) END"
    return f"(CASE jsonb_typeof({value}) WHEN 'number' THEN {number} WHEN 'string' THEN {written} END)"


def property_of_json(name: str, kind: Kind) -> str:
    """The engine's reading of a property without a column, from the JSON text: the same answer."""
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")  # a path's quotes know neither * nor line breaks
    text = f"json_extract_string(properties, {quoted(pointer)})"
    if kind == "text":  # a number comes without zeros at its end, but for the one of a whole number with a point
        whole = f"ends_with({text}, '.0') AND json_type(properties, {quoted(pointer)}) = 'DOUBLE'"
        return f"(CASE WHEN {whole} THEN {text}[:-3] ELSE {text} END)"
    number = r"'-?[0-9]{1,14}(\.[0-9]+)?'"
    return f"TRY_CAST(CASE WHEN regexp_full_match({text}, {number}) THEN {text} END AS DECIMAL(18, 4))"


def quoted(text: str) -> str:
    """A text as a literal of the engines' SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name of a table or column in the engines' SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
