"""What administrators must hear of at once, offered by apps in `offers/alarms.py`; their open pages ask it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from zhiji.kernel.registry import offered


@dataclass(frozen=True)
class Alarm:
    """`found()` says what is wrong now, each in a sentence with what to do; nothing while all is well. Open pages
    of administrators ask it twice a minute, so by index.
    """

    offered_in: ClassVar[str] = "alarms"
    name: str
    found: Callable[[], Sequence[str]]


def alarms() -> list[str]:
    """Everything that is wrong now."""
    return [text for one in offered(Alarm) for text in one.found()]
