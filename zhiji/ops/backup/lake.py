"""The lake in a back-up: one version of the Delta table, its log up to there and the files it names.

It is asked for its version before the database is: a lake that lags is brought forward by the worker, one that were
ahead would hold facts the database doesn't know.
"""

import re
from collections.abc import Callable
from typing import Any

from zhiji.kernel import lake
from zhiji.kernel.object_store import opened
from zhiji.ops.backup.repository import PIECE, Copied, Repository

LOG = "_delta_log"
NUMBERED = re.compile(r"(\d{20})\.")


def paths() -> list[str]:
    """The paths, below the table, of what its newest version is made of; none where there is no table yet."""
    table = lake.table()
    if table is None:
        return []
    version = table.version()
    prefix = lake.url().rstrip("/") + "/"
    data = [uri.removeprefix("file://").removeprefix(prefix) for uri in table.file_uris()]
    log = [path for path in _listed(f"{LOG}/") if (number := NUMBERED.search(path)) and int(number[1]) <= version]
    return [*data, *log]


def dump(
    wanted: list[str], before: dict[str, Copied], into: Repository, say: Callable[[str], None]
) -> dict[str, Copied]:
    """Keep these files. They never change, so those that the last back-up has are not read again."""
    if not wanted:
        return {}
    say("lake")
    store = opened(lake.url())
    return {path: _known(before.get(path), into) or _kept(store, path, into) for path in wanted}


def load(files: dict[str, Copied], source: Repository, say: Callable[[str], None]) -> None:
    """Write the table where this installation's lake is to be."""
    import obstore

    if not files:
        return
    say("lake")
    store = opened(lake.url())
    for path, copied in files.items():
        obstore.put(store, path, b"".join(source.piece(name) for name in copied.pieces))


def _known(copied: Copied | None, into: Repository) -> Copied | None:
    return copied if copied is not None and all(name in into.known for name in copied.pieces) else None


def _kept(store: Any, path: str, into: Repository) -> Copied:
    import obstore

    pieces: list[str] = []
    size = 0
    for block in obstore.get(store, path).stream(min_chunk_size=PIECE):
        pieces += into.keep(bytes(block))
        size += len(block)
    return Copied(0o600, size, 0, pieces)


def _listed(prefix: str) -> list[str]:
    import obstore

    return [entry["path"] for batch in obstore.list(opened(lake.url()), prefix=prefix) for entry in batch]
