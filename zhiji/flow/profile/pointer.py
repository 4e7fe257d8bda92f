"""Numbers of other apps' things that a customer is found by, offered by apps in `offers/pointers.py`."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Pointer:
    """A table with a `customer_id` whose `column`, which has an index, holds numbers that people search by."""

    offered_in: ClassVar[str] = "pointers"
    table: str
    column: str
