"""What an order's lines add up to: the category with the largest share, all categories, items, amount."""

from pathlib import Path
from typing import Any

from zhiji.flow.collect.files import reading
from zhiji.flow.collect.files.mapping import BadMapping, Lines, Mapping

DERIVED = frozenset({"category", "categories", "items", "amount"})


def prepare(database: Any, mapping: Mapping, folder: Path) -> None:
    """Make the table `derived`, one row per order of the lines' file, in `database` (DuckDB)."""
    lines = mapping.lines
    if lines is None:
        return
    path = folder / lines.file
    if not path.is_file():
        raise BadMapping(f"[lines] 里的文件 {lines.file} 不在订单文件旁边")
    header = reading.header(path, mapping.encoding, mapping.delimiter)
    for column in (lines.order, lines.category, lines.amount):
        if column not in header:
            raise BadMapping(f"{lines.file} 里没有“{column}”这一列；有的列是 {', '.join(header)}")
    database.execute("CREATE TABLE line (_order VARCHAR, category VARCHAR, amount DECIMAL(24, 6))")
    for chunk in reading.chunks(path, mapping.encoding, mapping.delimiter):
        database.register("lines_chunk", chunk.rows)
        database.execute(_insert(lines))
        database.unregister("lines_chunk")
    database.execute(
        """
        CREATE TABLE derived AS
        WITH shares AS (
            SELECT _order, category, sum(amount) AS amount, count(*) AS items FROM line GROUP BY ALL
        )
        SELECT _order,
               arg_max(category, amount) FILTER (category IS NOT NULL) AS _derived_category,
               string_agg(category, ';' ORDER BY amount DESC, category) AS _derived_categories,
               sum(items) AS _derived_items,
               sum(amount) AS _derived_amount
        FROM shares GROUP BY _order;
        DROP TABLE line
        """
    )


def _insert(lines: Lines) -> str:
    order, category, amount = (
        '"' + name.replace('"', '""') + '"' for name in (lines.order, lines.category, lines.amount)
    )
    return (
        f"INSERT INTO line SELECT trim({order}::VARCHAR), nullif(trim({category}::VARCHAR), ''),"
        f" coalesce(TRY_CAST(regexp_replace({amount}::VARCHAR, '[¥￥,\\s]', '', 'g') AS DECIMAL(24, 6)), 0)"
        f" FROM lines_chunk WHERE {order} IS NOT NULL"
    )
