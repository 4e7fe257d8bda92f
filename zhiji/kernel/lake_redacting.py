"""Take out of the lake what its rows tell of erased customers.

The files with the former rows go when the lake is tidied, KEEP_HOURS after (see lake.py): until then a reader that
began before may still need them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
from django.db import connection

from zhiji.kernel import lake

Kept = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""What stays of a fact's properties, by its name."""


def redact(customer_ids: Sequence[int], kept: Kept) -> None:
    """Rewrite these customers' rows, in one Delta commit. In the caller's transaction, until whose end nothing is
    appended: what the log said before it can't come after.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lake.LOCK])
    found = lake.table()
    if found is None:
        return
    texts = [field.name for field in found.schema().fields if field.name.startswith("text:")]
    columns = ["id", "name", "properties", *(["full_name"] if "full_name" in _names(found) else [])]
    rows = found.to_pyarrow_table(filters=[("customer_id", "in", list(customer_ids))], columns=columns).to_pylist()
    fresh = [_redacted(row, kept, texts) for row in rows]
    if not fresh:
        return
    shape = [("id", pa.int64()), *((name, pa.string()) for name in ("name", "properties", *texts))]
    changes = {f'"{name}"': f'fresh."{name}"' for name in ("properties", *texts)}
    merge = found.merge(
        pa.Table.from_pylist(fresh, pa.schema(shape)),
        predicate="kept.name = fresh.name AND kept.id = fresh.id",
        source_alias="fresh",
        target_alias="kept",
    )
    merge.when_matched_update(changes).execute()


def _names(found: Any) -> set[str]:
    return {field.name for field in found.schema().fields}


def _redacted(row: Mapping[str, Any], kept: Kept, texts: Sequence[str]) -> dict[str, Any]:
    told = kept(row.get("full_name") or row["name"], orjson.loads(row["properties"] or "{}"))
    columns = {name: told.get(name.removeprefix("text:")) for name in texts}
    return {"id": row["id"], "name": row["name"], "properties": orjson.dumps(told).decode(), **columns}
