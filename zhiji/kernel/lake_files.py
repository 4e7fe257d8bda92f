"""The lake's data files where the engine can read them.

Those of a folder are read where they are. Those on object storage are fetched once into the data folder, whole: a file
of a Delta table never changes, and the engine's own reader of object storage would have to be downloaded from the
internet, which a firm's closed network doesn't have. What no newer version of the table names is thrown away.
"""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings

from zhiji.kernel import engine
from zhiji.kernel.object_store import opened
from zhiji.kernel.properties import quoted

AT_ONCE = 4  # files fetched side by side
STILL_READ = 3600.0  # seconds that a query over an older version may take
BETWEEN_SWEEPS = 600.0  # seconds

_swept = 0.0
_whole: set[tuple[str, str]] = set()


def readable(files: Iterable[str], table: str) -> list[str]:
    """The paths of these data files of the table at `table`, fetched if they are on object storage.

    Raises obstore's errors where the storage can't be reached.
    """
    found = list(files)
    if "://" not in table:
        return found
    places = {file: _place(file) for file in found}
    missing = [file for file, place in places.items() if not _touch(place)]
    if missing:
        store = opened(table)
        with ThreadPoolExecutor(min(AT_ONCE, len(missing))) as pool:
            list(pool.map(lambda file: _fetch(store, file.removeprefix(table).lstrip("/"), places[file]), missing))
    return [str(place) for place in places.values()]


def sweep(current: Callable[[], list[str]]) -> None:
    """Now and then throw away what was fetched, isn't among the `current` files and wasn't read for a while."""
    global _swept
    if time.monotonic() - _swept < BETWEEN_SWEEPS or not _folder().is_dir():
        return
    _swept = time.monotonic()
    kept = {_place(file).name for file in current()}
    for one in _folder().iterdir():
        if one.name not in kept and time.time() - one.stat().st_mtime > STILL_READ:
            one.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.HOME) / "lake-files"


def _place(file: str) -> Path:
    return _folder() / f"{sha256(file.encode()).hexdigest()}.parquet"


def _touch(place: Path) -> bool:
    """Whether the file is here; marks it as just read, so that `sweep` leaves it."""
    try:
        os.utime(place)
    except FileNotFoundError:
        return False
    return True


def _fetch(store: Any, path: str, place: Path) -> None:
    """Fetch one file under another name first: it is there whole or not at all, whoever else fetches it too."""
    import obstore

    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as part:
        try:
            for piece in obstore.get(store, path).stream(min_chunk_size=2**20):
                part.write(piece)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    Path(part.name).replace(place)


def all_have(files: list[str], wanted: list[str]) -> bool:
    """Whether every file has these columns: those written before a property was declared have not."""
    unknown = [file for file in files if any((file, column) not in _whole for column in wanted)]
    if unknown:
        described = engine.connection().execute(
            f"SELECT file_name, name FROM parquet_schema([{', '.join(quoted(one) for one in unknown)}])"
        )
        _whole.update(described.fetchall())
    return all((file, column) in _whole for file in files for column in wanted)
