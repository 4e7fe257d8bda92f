"""An action that the database broke off in favour of another one is begun again."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
TRIES = 5


def atomic_again(action: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """`transaction.atomic`, begun again when this one was broken off: two waited for each other, or what it saw at
    its one moment is no more.

    Inside another transaction it is a plain `atomic`: only the outermost can begin again. The arguments are used
    by every try, so no iterators. Raises OperationalError when it was broken off TRIES times.
    """
    whole = transaction.atomic(action)

    @wraps(action)
    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        if connection.in_atomic_block:
            return whole(*args, **kwargs)
        for _ in range(TRIES - 1):
            try:
                return whole(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                    raise
        return whole(*args, **kwargs)

    return tried
