"""An installation's data folder: one owner at a time, who starts its database and stops it again."""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from zhiji.config import keys
from zhiji.config.options import Options, load
from zhiji.ops import closed_folder, postgres

RESTORING = "restoring"  # the file that says that a restore into this folder hasn't ended


class Refused(Exception):
    """What was asked can't be done now; the message says why and what to do. Exit code 2."""


def open_house(options: Options | None = None, *, restoring: bool = False) -> Options:
    """Read the options, make the data folder and its keys. Raises BadOption; Refused where a restore hasn't ended."""
    options = options or load()
    home: Path = options.home
    if (home / RESTORING).exists() and not restoring:
        raise Refused(f"a restore into {home} was broken off; run the same `zhiji restore` again, or remove the folder")
    home.mkdir(parents=True, exist_ok=True)
    (home / "static").mkdir(exist_ok=True)
    closed_folder.close(home)
    keys.secret_key(home, options.secret_key)
    if not options.database_url:  # of an own database it is first asked which key it has (see fitting.py)
        keys.master_key(home, options.master_key)
    return options


@contextlib.contextmanager
def owned(home: Path, wait: float = 0.0) -> Iterator[None]:
    """Own the data folder. Raises Refused when another process does, after `wait` seconds."""
    file = (home / "zhiji.lock").open("a+")
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise Refused(
                f"another zhiji ({_holder(file)}) is at work in {home}; stop it, or choose another ZHIJI_HOME"
            ) from None
    file.truncate(0)
    file.write(f"process {os.getpid()}\n")
    file.flush()
    os.register_at_fork(after_in_child=file.close)  # who owns it is this process alone
    try:
        yield
    finally:
        file.truncate(0)
        file.close()


def address_of(options: Options) -> str:
    """The database's address: an own one, else what the embedded one left beside its data; empty before its first
    start."""
    left = options.home / "postgres.url"
    return str(options.database_url or (left.read_text("utf-8").strip() if left.exists() else ""))


@contextlib.contextmanager
def database(options: Options) -> Iterator[str]:
    """The database's address: an own one, that of the running zhiji, or the embedded one started for this."""
    if options.database_url:
        yield options.database_url
        return
    home: Path = options.home
    try:
        with owned(home):
            address = postgres.start(home, tied=True)
            try:
                yield address
            finally:
                postgres.stop(home)
            return
    except Refused:
        if postgres.running(home) is None:
            raise
    yield postgres.start(home)  # it runs: this only asks for its address


def set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiji.config.settings")
    import django

    django.setup()


def load_all() -> None:
    """Load what web server and workers run on, for all processes that are forked from here.

    None of it starts a thread or opens a connection; what would is done in the process that needs it.
    """
    set_up_django()
    from django.conf import settings
    from django.urls import get_resolver

    from zhiji.config.asgi import application  # noqa: F401 - loads the pages
    from zhiji.kernel.loops import Loop
    from zhiji.kernel.memory import keep_what_is_loaded, without_pandas
    from zhiji.kernel.pipeline import stages
    from zhiji.kernel.registry import offered

    _refuse_unfit_desks()
    if settings.ENGINE == "duckdb":  # Spark's driver asks for it
        without_pandas()
    get_resolver().url_patterns  # noqa: B018 - loads them
    offered(Loop)
    stages()
    keep_what_is_loaded()


def _refuse_unfit_desks() -> None:
    """A desk from a package of its own is held to what `make check` holds ours to. Raises Refused."""
    from django.core.checks import run_checks

    from zhiji.access.apps import TAG
    from zhiji.kernel.registry import ours

    others = [app for app in ours() if not app.name.startswith("zhiji.")]
    if others and (wrong := [str(one.msg) for one in run_checks(others, tags=[TAG])]):
        raise Refused("a desk isn't fit to be started; mend it or take its package out:\n" + "\n".join(wrong))


def port_is_free(host: str, port: int) -> bool:
    """Whether a server may listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "starting or stopping just now"
