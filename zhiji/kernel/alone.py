"""Being the only one at something, by a lock of the database's that ends with the session: a crash leaves none."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection


@contextmanager
def alone(lock: int, *, wait: bool = False) -> Iterator[bool]:
    """Whether this session is the only one at it until the end; with `wait` it becomes so first."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
            mine = True
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
            (mine,) = cursor.fetchone()
        try:
            yield mine
        finally:
            if mine:
                with suppress(Error):  # a session that is gone has no lock to give back
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
