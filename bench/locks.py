"""How long the pipeline stands still while something else keeps it out."""

import os
import threading
import time

import psycopg


class Locks:
    """Watches, from a connection of its own, how long a lock of its halves is held at most."""

    def __enter__(self) -> None:
        self.longest, self._stop = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        since: float | None = None
        address = os.environ["ZHIJI_DATABASE_URL"].replace("&pool=0", "")
        with psycopg.connect(address, autocommit=True) as connection:
            while not self._stop.wait(0.005):
                row = connection.execute("SELECT min(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                held = row.fetchone()
                now = time.perf_counter()
                if held is None or held[0] is None:
                    since = None
                else:
                    since = since or now
                    self.longest = max(self.longest, now - since)
