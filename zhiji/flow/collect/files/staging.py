"""Put an Arrow table into a temporary table of the running transaction, by COPY."""

from typing import Any

import pyarrow as pa
import pyarrow.csv

_TYPES = {
    "string": "text",
    "large_string": "text",
    "int64": "bigint",
    "int32": "integer",
    "double": "double precision",
    "bool": "boolean",
    "date32[day]": "date",
    "binary": "bytea",
}


def stage(cursor: Any, name: str, rows: pa.Table) -> None:
    """Make the temporary table `name` (dropped at the end of the transaction) with the columns and rows of `rows`."""
    columns = ", ".join(f'"{field.name}" {_postgres(field.type)}' for field in rows.schema)
    cursor.execute(f'DROP TABLE IF EXISTS pg_temp."{name}"; CREATE TEMP TABLE "{name}" ({columns}) ON COMMIT DROP')
    sink = pa.BufferOutputStream()
    options = pa.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    pa.csv.write_csv(rows, sink, options)
    with cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT csv)') as copy:
        copy.write(sink.getvalue().to_pybytes())
    cursor.execute(f'ANALYZE "{name}"')


def _postgres(type_: pa.DataType) -> str:
    if pa.types.is_decimal(type_):
        return f"numeric({type_.precision}, {type_.scale})"
    if pa.types.is_timestamp(type_):
        return "timestamptz" if type_.tz else "timestamp"
    return "text" if pa.types.is_null(type_) else _TYPES[str(type_)]
