"""What a search from anywhere finds, offered by apps in `offers/finders.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise


@dataclass(frozen=True)
class Hit:
    """Something found: its name, a small second text, its page."""

    name: str
    sub: str
    url: str


@dataclass(frozen=True)
class Finder:
    """A kind of thing that can be found. `find(user, text, limit)` answers what this user may see, best first."""

    offered_in: ClassVar[str] = "finders"
    label: str | Promise
    icon: str
    find: Callable[[Any, str, int], Sequence[Hit]]
    position: int = 50
