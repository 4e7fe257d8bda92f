"""Whether a disk is full: an error that says so, by whichever part of the house, and how much room there is."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from psycopg.errors import DiskFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
SAID = ("no space left on device", "os error 28", "disk quota exceeded", "os error 122")
LEAST = 64 * 2**20
"""Bytes below which a disk counts as full: four of PostgreSQL's log segments, without which it commits nothing."""


def full(error: BaseException) -> bool:
    """Whether an error, or what it came of, tells that there is no room: ours, PostgreSQL's, the lake's, DuckDB's."""
    return any(
        isinstance(one, DiskFull)
        or (isinstance(one, OSError) and one.errno in FULL)
        or any(said in str(one).lower() for said in SAID)
        for one in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def short(error: BaseException | None = None) -> bool:
    """Whether it is for lack of room that something can't be done: the error says so, or the data folder's disk is full
    (PostgreSQL that can't write its log ends, and then only says that it is away).
    """
    return (error is not None and full(error)) or free() < LEAST


def free(folder: Path | None = None) -> int:
    """Bytes free for us on the disk of the data folder, or of another folder that may not be there yet."""
    wanted = Path(settings.HOME) if folder is None else folder
    there = next(one for one in (wanted, *wanted.parents) if one.exists())
    return shutil.disk_usage(there).free
