"""The system user PostgreSQL runs as when we are root, and the least rights it needs on our folders."""

import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

SYSTEM_USER = "embedded_postgres"


def needed() -> str | None:
    """The user to run as: None as an ordinary user; as root SYSTEM_USER, made if it isn't there."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=True,
            capture_output=True,
        )
    return SYSTEM_USER


def number(user: str) -> int:
    """The user's numeric id."""
    return pwd.getpwnam(user).pw_uid


def give(path: Path, user: str) -> None:
    """Make `user` the owner of the folder and of all that is in it."""
    entry = pwd.getpwnam(user)
    for one in (path, *path.rglob("*")):
        os.chown(one, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def let_pass_home(user: str, home: Path) -> None:
    """Let `user`, and no one else, walk through our own folder; and through those above it."""
    if not lets_pass_only(home):
        os.chown(home, -1, pwd.getpwnam(user).pw_gid)
        home.chmod(0o710)
    let_pass(user, home.parent)


def lets_pass_only(home: Path) -> bool:
    """Whether the folder is closed to all but SYSTEM_USER, who may pass through it."""
    try:
        group = pwd.getpwnam(SYSTEM_USER).pw_gid
    except KeyError:
        return False
    found = home.stat()
    return found.st_gid == group and stat.S_IMODE(found.st_mode) == 0o710


def let_pass(user: str, folder: Path) -> None:
    """Let `user` walk through `folder` and those above it: the right to pass, not to list or read."""
    entry = pwd.getpwnam(user)
    for one in (folder, *folder.parents):
        mode = one.stat()
        if mode.st_uid == entry.pw_uid or mode.st_mode & stat.S_IXOTH:
            continue
        one.chmod(stat.S_IMODE(mode.st_mode) | stat.S_IXOTH)
        print(
            f"zhiji: {one} may now be passed through (not read) by the database's user {user}",
            file=sys.stderr,
        )


def let_read(user: str, folder: Path) -> None:
    """Let `user` run and read PostgreSQL's own files, which an install under a strict umask may forbid."""
    let_pass(user, folder)
    probe = folder / "share/postgres.bki"
    if probe.exists() and probe.stat().st_mode & stat.S_IROTH and probe.parent.stat().st_mode & stat.S_IXOTH:
        return
    libraries = folder.parent.parent / "embedded_postgres.libs"
    for root in (folder, libraries):
        for one in (root, *root.rglob("*")):
            if not one.is_symlink():
                mode = stat.S_IMODE(one.stat().st_mode)
                passing = stat.S_IXOTH if one.is_dir() or mode & stat.S_IXUSR else 0
                one.chmod(mode | stat.S_IROTH | passing)
