"""The data folder is closed to other users of the machine: folders of mode 700, files of mode 600."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from zhiji.ops import system_user

OTHERS = 0o077
DATABASE = "postgres"  # its own user's, which PostgreSQL itself keeps closed


def begin() -> None:
    """What this process makes from now on, and the processes it starts, is its own user's alone."""
    os.umask(OTHERS)


def close(home: Path) -> None:
    """Take from others what an earlier start, or somebody's copying, let them read; what we don't own stays."""
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & OTHERS and not system_user.lets_pass_only(home):
        home.chmod(0o700)
    for one in open_to_others(home):
        with contextlib.suppress(PermissionError):
            _close(one)


def open_to_others(home: Path) -> Iterator[Path]:
    """What in the data folder others have rights on."""
    for one in home.iterdir():
        if one.name != DATABASE and stat.S_IMODE(one.stat().st_mode) & OTHERS:
            yield one


def _close(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        path.chmod(mode & ~OTHERS)
        if path.is_dir():
            for one in path.iterdir():
                _close(one)
