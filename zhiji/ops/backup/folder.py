"""The data folder in a back-up: every file of it but those that belong to this machine or to its database and lake."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from zhiji.ops.backup.repository import PIECE, Copied, Repository
from zhiji.ops.house import RESTORING

NOT_CARRIED = {
    *("postgres", "postgres.draft", "postgres.url", "lake", "lake-files", "static", "backups", "zhiji.lock", "clock"),
    "master_key",  # it goes apart: a back-up that holds its own key protects nothing
    RESTORING,
}


def dump(home: Path, before: dict[str, Copied], into: Repository, say: Callable[[str], None]) -> dict[str, Copied]:
    """Keep the files; one of the same size and moment as in the last back-up is not read again."""
    say("files")
    found = {}
    for path in sorted(_files(home)):
        try:
            about = path.stat()
            name = str(path.relative_to(home))
            known = before.get(name)
            same = known and (known.size, known.changed) == (about.st_size, about.st_mtime_ns)
            if not (known and same and all(one in into.known for one in known.pieces)):
                known = Copied(stat.S_IMODE(about.st_mode), about.st_size, about.st_mtime_ns, _pieces(path, into))
            found[name] = known
        except FileNotFoundError:  # gone meanwhile
            continue
    return found


def load(home: Path, files: dict[str, Copied], source: Repository, say: Callable[[str], None]) -> None:
    """Write the files into the folder."""
    say("files")
    for name, copied in files.items():
        path = (home / name).resolve()
        if not path.is_relative_to(home.resolve()):
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(b"".join(source.piece(piece) for piece in copied.pieces))
        path.chmod(copied.mode)


def _files(home: Path) -> Iterator[Path]:
    for top in home.iterdir():
        if top.name in NOT_CARRIED or top.name.startswith("."):
            continue
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path


def _pieces(path: Path, into: Repository) -> list[str]:
    pieces: list[str] = []
    with path.open("rb") as file:
        while block := file.read(PIECE):
            pieces += into.keep(block)
    return pieces
