"""Does this database fit this installation: its PostgreSQL is new enough, our master key is the one it was sealed with.

Looked at before Django is loaded, so that nothing is written by the wrong key and a start says at once what to do.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from zhiji.access.mark import mark_of
from zhiji.config import keys
from zhiji.config.options import Options
from zhiji.ops.house import Refused, database, open_house, set_up_django
from zhiji.ops.lifeline import VARIABLE

OLDEST = 16
AGAIN = 2.0  # seconds until a database that is away is looked for again


class Unfit(Refused):
    """This database can't be used as it is; the message says what to change."""


class Away(Refused):
    """The database can't be reached; the message says what the attempt met."""


def fit(options: Options, address: str) -> None:
    """Raises Unfit or Away. Of a database without data the first start makes the master key."""
    import psycopg

    try:
        connection = psycopg.connect(bare(address), connect_timeout=10, autocommit=True)
    except psycopg.OperationalError as error:
        said = str(error).strip()
        raise Away(f"the database can't be reached: {said}; check ZHIJI_DATABASE_URL, and that it runs") from error
    with contextlib.closing(connection):
        if problem := old_server(connection) or wrong_key(options, connection):
            raise Unfit(problem)
    keys.master_key(options.home, options.master_key)


@contextlib.contextmanager
def at_work(options: Options | None = None, *, restoring: bool = False) -> Iterator[Options]:
    """Django set up on the installation's database, for a command that does one thing and ends."""
    options = open_house(options, restoring=restoring)
    with database(options) as address:
        fit(options, address)
        set_up_django()
        yield options


def fit_or_end(options: Options, address: str) -> None:
    """`fit` for a process that may start before its database: then it is looked at once it is there.

    A supervisor has looked before it started us.
    """
    if os.environ.get(VARIABLE) == "1" or not address:
        return
    try:
        fit(options, address)
    except Away:
        threading.Thread(target=_end_if_unfit, args=(options, address), name="fitting", daemon=True).start()


def _end_if_unfit(options: Options, address: str) -> None:
    while True:
        time.sleep(AGAIN)
        try:
            return fit(options, address)
        except Away:
            continue
        except Unfit as error:
            print(f"zhiji: {error}", file=sys.stderr, flush=True)
            return os.kill(os.getpid(), signal.SIGTERM)


def bare(address: str) -> str:
    """The address as PostgreSQL reads it, without what is meant for our pool."""
    return address.replace("&pool=0", "").replace("?pool=0", "")


def old_server(connection: Any) -> str:
    """What is wrong with the server's version; empty when nothing is."""
    number = connection.info.server_version // 10000
    if number >= OLDEST:
        return ""
    return (
        f"the database is PostgreSQL {number}, and {OLDEST} or newer is needed: upgrade that server, name another in"
        " ZHIJI_DATABASE_URL, or leave that setting out to use the embedded one"
    )


def wrong_key(options: Options, connection: Any) -> str:
    """What is wrong with the master key here, for the data there; empty when nothing is, or there is no data yet."""
    mark, sealed = _mark(connection), _sealed(connection)
    if mark is None and sealed is None:
        return ""
    if not keys.has_master_key(options.home, options.master_key):
        return f"the file {options.home / 'master_key'} is missing, but the database has data; {keys.RESTORE}"
    master = keys.master_key(options.home, options.master_key)
    if mark == mark_of(master) if mark is not None else _opens(master, sealed):
        return ""
    where = "ZHIJI_MASTER_KEY" if options.master_key else f"the file {options.home / 'master_key'}"
    return f"{where} is not the key that this database was sealed with; {keys.RESTORE}"


def _mark(connection: Any) -> bytes | None:
    if connection.execute("SELECT to_regclass('access_mastermark')").fetchone()[0] is None:
        return None
    row = connection.execute("SELECT mark FROM access_mastermark").fetchone()
    return bytes(row[0]) if row else None


def _sealed(connection: Any) -> tuple[int, bytes] | None:
    """A customer's wrapped key, for a database that is older than the mark."""
    if connection.execute("SELECT to_regclass('access_customerkey')").fetchone()[0] is None:
        return None
    row = connection.execute("SELECT customer_id, wrapped FROM access_customerkey LIMIT 1").fetchone()
    return (row[0], bytes(row[1])) if row else None


def _opens(master: bytes, sealed: tuple[int, bytes] | None) -> bool:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if sealed is None:
        return True
    customer, wrapped = sealed
    try:
        AESGCM(master).decrypt(wrapped[:12], wrapped[12:], f"customer {customer}".encode())
    except InvalidTag:
        return False
    return True
