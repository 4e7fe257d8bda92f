"""How the lake's table is laid out: a folder for each fact name, short enough for any file system; what its log has."""

from hashlib import blake2b
from urllib.parse import quote

import pyarrow as pa

LONGEST_FOLDER = 255 - len("name=")  # bytes of a folder's name, which no common file system exceeds
KEEP_HOURS = 2  # that files and lines of the log stay which no newer version needs
HEAD = 200  # bytes of a long name that its folder begins with


def partition(name: str) -> str:
    """The partition of a fact name: the name itself; one whose folder's name would be too long for a file system (28
    Chinese characters are, as Delta writes them), its beginning and a digest, with the whole in column `full_name`.
    """
    if len(_written(name)) <= LONGEST_FOLDER:
        return name
    head = name
    while len(_written(head)) > HEAD:
        head = head[:-1]
    return f"{head}~{blake2b(name.encode(), digest_size=12).hexdigest()}"


def _written(name: str) -> str:
    """A name as Delta writes it in a folder's name."""
    return quote(name, safe="-_.~")


def shelved(new: pa.Table) -> pa.Table:
    """The rows under their partitions' names."""
    names = new.column("name").unique().to_pylist()
    shelves = {name: partition(name) for name in names}
    if all(name == shelf for name, shelf in shelves.items()):
        return new
    full = new.column("name")
    short = pa.array([shelves[name] for name in full.to_pylist()], pa.string())
    return new.set_column(new.schema.get_field_index("name"), "name", short).append_column("full_name", full)


def told_by_log() -> dict[str, str]:
    """Delta's settings by which the table's log tells no texts of its rows (it would the least and the greatest of each
    file), and nothing for long: what is erased from the rows would stay there.
    """
    return {
        "delta.dataSkippingStatsColumns": "id,customer_id,occurred_at",
        "delta.logRetentionDuration": f"interval {KEEP_HOURS} hours",
    }
