"""What an order's lines add up to: the category with the largest share, all categories, items (where quantities are
told), amount."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _

from zhiji.flow.collect.files import reading
from zhiji.flow.collect.files.mapping import BadMapping, Mapping
from zhiji.flow.collect.files.record import Field
from zhiji.flow.collect.files.typed import Reading
from zhiji.kernel import clock
from zhiji.kernel.values import items

ITEMS = items.SQL.format("quantity")
DERIVED_OF_LINES = f"""
    CREATE TABLE derived AS
    WITH shares AS (
        SELECT _order, category, sum(amount) AS amount, count(*) AS lines, count(amount) AS told,
               sum({ITEMS}) AS items, count(quantity) FILTER (quantity >= 0) AS counted
        FROM line GROUP BY ALL
    )
    SELECT _order,
           arg_max(category, amount) FILTER (category IS NOT NULL) AS _derived_category,
           string_agg(category, ';' ORDER BY amount DESC, category) AS _derived_categories,
           CASE WHEN sum(counted) = sum(lines) THEN sum(items)::BIGINT END AS _derived_items,
           CASE WHEN sum(told) = sum(lines) THEN sum(amount) END AS _derived_amount
    FROM shares GROUP BY _order;
    DROP TABLE line
"""
DERIVED = ("category", "categories", "items", "amount")


def prepare(database: Any, mapping: Mapping, order: Reading, folder: Path) -> None:
    """Make the table `derived`, one row per order of the lines' file, in `database` (DuckDB).

    `order` is how the order's number is read. Where the amount of a line can't be read, its order has none.
    """
    lines = mapping.lines
    if lines is None:
        return
    path = folder / lines.file
    if not path.is_file():
        raise BadMapping(_("[lines] 里的文件 %(file)s 不在订单文件旁边") % {"file": lines.file})
    header = reading.header(path, mapping.encoding, mapping.delimiter)
    for column in filter(None, (lines.order, lines.category, lines.amount, lines.quantity)):
        if column not in header:
            words = {"file": lines.file, "column": column, "known": ", ".join(header)}
            raise BadMapping(_("%(file)s 里没有“%(column)s”这一列；有的列是 %(known)s") % words)
    database.execute("CREATE TABLE line (_order VARCHAR, category VARCHAR, amount DECIMAL(14, 2), quantity DOUBLE)")
    category = Reading(Field("category", "", longest=120), order.words, order.zone)
    amount = Reading(Field("amount", "", "money"), order.words, order.zone, mapping.formats.get("amount", ""))
    quantity = Reading(Field("quantity", "", "number"), order.words, order.zone, mapping.formats.get("quantity", ""))
    reads = ((lines.order, order), (lines.category, category), (lines.amount, amount), (lines.quantity, quantity))
    for chunk in reading.chunks(path, mapping.encoding, mapping.delimiter):
        columns = [
            one.column(_texts(chunk.rows[name]), clock.now()).values if name else pa.nulls(chunk.rows.num_rows)
            for name, one in reads
        ]
        database.register("lines_chunk", pa.table(columns, ["o", "c", "a", "q"]))
        database.execute("INSERT INTO line SELECT o, c, a, q FROM lines_chunk WHERE o IS NOT NULL")
        database.unregister("lines_chunk")
    database.execute(DERIVED_OF_LINES)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.string()).combine_chunks()
