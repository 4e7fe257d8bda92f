"""The two secrets of an installation, made at the first start and kept with mode 600."""

import base64
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from zhiji.config.options import BadOption

RESTORE = (
    "without it no contact value can be read: put it back from the back-up that was made beside this database,"
    " or give that key as ZHIJI_MASTER_KEY"
)


def secret_key(home: Path, given: str) -> str:
    """The key that signs sessions and links: the given one, else the one kept in `home`."""
    return given or _kept(home / "secret_key", lambda: secrets.token_urlsafe(48))


def master_key(home: Path, given: str) -> bytes:
    """The 32 bytes that wrap customers' keys. Losing them loses every contact value: back them up.

    Beside a database that is there already none is made: a new key would open nothing of it.
    """
    if not has_master_key(home, given) and (home / "postgres/PG_VERSION").exists():
        raise BadOption(f"the file {home / 'master_key'} is missing, but the data is there; {RESTORE}")
    text = given or _kept(home / "master_key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadOption(f"the file {home / 'master_key'} is damaged (no base64); restore it") from error
    if len(key) != 32:
        raise BadOption(f"the file {home / 'master_key'} is damaged: {len(key)} bytes, not 32; restore it")
    return key


def has_master_key(home: Path, given: str) -> bool:
    """Whether there is a master key, by setting or in `home`."""
    return bool(given) or (home / "master_key").exists()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds, made whole or not at all; of several processes that make it at once one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 600
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text("ascii").strip()
