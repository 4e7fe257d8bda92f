"""Where values of fields are kept, offered in `offers/stores.py` by whoever keeps them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Store:
    """`holds(key)`: whether anybody has a value; `doubled(key)`: whether two have the same."""

    offered_in: ClassVar[str] = "stores"
    holds: Callable[[str], bool]
    doubled: Callable[[str], bool]
