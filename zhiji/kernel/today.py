"""What waits for somebody today, offered by apps in `offers/today.py`; the home page begins with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise

from zhiji.kernel.finder import Hit

MOST = 99
"""How far what waits is counted."""


@dataclass(frozen=True)
class Today:
    """A kind of thing to do. `find(user, limit)` answers how many wait for this user, counted to MOST + 1, and the
    first few; `url(user)` leads to all of them. `late`: it should have been done already.
    """

    offered_in: ClassVar[str] = "today"
    label: str | Promise
    icon: str
    permission: str
    find: Callable[[Any, int], tuple[int, Sequence[Hit]]]
    url: Callable[[Any], str]
    late: bool = False
    position: int = 50
