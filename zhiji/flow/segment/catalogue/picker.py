"""Things that a property names by a number or a key, and that people know by name: offered for choosing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Picked:
    """One thing to choose: the property's value, what it is called, a smaller second line."""

    value: str
    label: str
    sub: str = ""


@dataclass(frozen=True)
class Picker:
    """Offered in `offers/pickers.py`: chooses the values of the properties of these names.

    `search(text, values)`: the best finds for what was typed (of an empty text the first), or with `values` just
    those, to say their names.
    """

    offered_in: ClassVar[str] = "pickers"
    name: str
    properties: tuple[str, ...]
    search: Callable[[str, Sequence[str]], list[Picked]]
