"""Numbers that people say and write down, such as 2026-000123: in a row, each given once for a reason.

A series without gaps gives its next number in the caller's transaction: who wants the one after it waits for that to
end, and what is rolled back gives its number back. One that may have gaps gives it in a transaction of its own: nobody
waits, and what is rolled back leaves a gap.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from zhiji.kernel import clock
from zhiji.kernel.claims import Limit, claim


@dataclass(frozen=True)
class Series:
    """`form` is filled with `year` and `number`. With `yearly` each of the workspace's years begins at 1."""

    key: str
    form: str = "{year}-{number:06}"
    yearly: bool = True
    gap_free: bool = True


def number(series: Series, reason: str, *, as_of: datetime) -> str:
    """The number in a series that a reason has: the next one, or the one it was given before."""
    year = clock.day_of(as_of).year
    row = Limit(f"number:{series.key}:{year}" if series.yearly else f"number:{series.key}", None)

    def take() -> str:
        claimed = claim(f"number:{series.key}:{reason}", row, as_of=as_of)
        ((thing, upto),) = claimed.upto.items()
        given = int(thing.rpartition(":")[2]) if series.yearly else year
        return series.form.format(year=given, number=upto)

    return take() if series.gap_free else _apart(take)


def _apart(take: Callable[[], str]) -> str:
    """Do it on another connection, committed when this returns."""

    def run() -> str:
        try:
            return take()
        finally:
            connection.close()

    with ThreadPoolExecutor(1, "number") as other:
        return other.submit(run).result()
