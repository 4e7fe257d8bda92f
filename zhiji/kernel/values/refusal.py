"""What a parser answers when a text is no value of its kind."""

from dataclasses import dataclass
from typing import TypeVar

from django.utils.functional import Promise

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """`reason` says in the user's words what is wrong and what would do."""

    reason: str | Promise

    def __str__(self) -> str:
        return str(self.reason)


class BadValue(ValueError):
    """A value can't be read; the message is the refusal's reason."""


def sure(found: T | Refusal) -> T:
    """The value. Raises BadValue for a refusal."""
    if isinstance(found, Refusal):
        raise BadValue(str(found))
    return found
