"""Who leans on a segment or a scheme: rules, other segments, whatever else, offered in `offers/uses.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from django.utils.functional import Promise

from zhiji.kernel.registry import offered

What = Literal["segment", "scheme"]


@dataclass(frozen=True)
class Use:
    """One thing that leans on it: what it is called, where it is, whether it is at work now."""

    name: str
    url: str
    active: bool = True


@dataclass(frozen=True)
class Users:
    """A sort of users. `of("segment", key)` answers those that lean on that segment, by name."""

    offered_in: ClassVar[str] = "uses"
    label: str | Promise
    position: int
    of: Callable[[What, str], Sequence[Use]]


def uses_of(what: What, key: str) -> list[tuple[str, list[Use]]]:
    """(sort, users) of those sorts that have any."""
    sorts = sorted(offered(Users), key=lambda one: one.position)
    found = [(str(one.label), list(one.of(what, key))) for one in sorts]
    return [(label, users) for label, users in found if users]
