"""A limit made small, and what reaches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Try = Callable[[], Any]


@dataclass(frozen=True)
class Limit:
    """`small` is what it is made; `beyond` is refused with words in which `says` stands; `within` works."""

    small: Any
    beyond: Try
    says: str
    within: Try
