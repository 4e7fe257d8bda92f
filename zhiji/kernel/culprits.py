"""What can't be done keeps nothing else waiting: whose fault an error is, who alone fails, when to try again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg
from django.db import InterfaceError, OperationalError

from zhiji.kernel import room

Item = TypeVar("Item", int, str)
SOON, SELDOM = timedelta(minutes=1), timedelta(hours=1)
LIMITS = "54"  # PostgreSQL's class of errors for what is too deep or too long: a matter of what was given


def of_the_house(error: BaseException) -> bool:
    """Whether an error tells nothing of what was being done: the database is away or broke off in favour of another,
    an address can't be reached, a disk is full."""
    if isinstance(error, OperationalError | InterfaceError):
        state: str | None = getattr(error.__cause__, "sqlstate", None)
        return not (state or "").startswith(LIMITS)
    return isinstance(error, ConnectionError | TimeoutError) or room.full(error)


def in_parts(items: Sequence[Item], act: Callable[[list[Item]], None]) -> dict[Item, Exception]:
    """Act for all of these together; where that fails, for one half, then for the other, in their order.

    Returns those for whom it fails when they are alone, with the error. Raises errors of the house.
    """
    try:
        act(list(items))
        return {}
    except Exception as error:
        if not items or of_the_house(error):
            raise
        if len(items) == 1:
            return {items[0]: error}
    half = len(items) // 2
    return in_parts(items[:half], act) | in_parts(items[half:], act)


def next_try(tries: int, now: datetime) -> datetime:
    """When to try again what has failed so often: soon at first, then ever more seldom."""
    doubled = min(max(tries - 1, 0), 10)
    return now + min(SELDOM, SOON * (1 << doubled))


def said(error: BaseException) -> str:
    """An error as administrators read it beside the words for it; the database's without its DETAIL, which quotes
    values.
    """
    told = error.__cause__.diag.message_primary if isinstance(error.__cause__, psycopg.Error) else None
    return (told or str(error) or type(error).__name__).replace("\0", "")[:2000]
