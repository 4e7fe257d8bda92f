"""Help: one worker process does everything until it has more than enough to do; then another takes a part of it.

Who is at work for long in a row asks for help; who helps says again and again that it is there. Until it falls silent,
the loops that aren't beside the pipeline are its own.
"""

import time
from collections.abc import Callable

LONG = 3.0  # seconds at work without a pause from which on help is asked for
LEASE = 5.0  # seconds for which help counts as there after it last said so


class Help:
    """`ask` asks whoever can start another process; without, nobody is asked."""

    def __init__(self, ask: Callable[[], None] | None = None) -> None:
        self._ask = ask
        self._until = 0.0
        self._since: dict[str, float] = {}

    def is_there(self) -> None:
        """Somebody helps."""
        self._until = time.monotonic() + LEASE

    @property
    def there(self) -> bool:
        return time.monotonic() < self._until

    def begins(self, name: str) -> None:
        """A loop begins a round."""
        self._since.setdefault(name, time.monotonic())

    def pauses(self, name: str) -> None:
        """A loop has nothing to do."""
        self._since.pop(name, None)

    def look(self) -> None:
        """Ask for help where a loop has been at work for long."""
        if self._ask is not None and any(time.monotonic() - one > LONG for one in list(self._since.values())):
            self._ask()
