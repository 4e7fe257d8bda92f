"""What notices can be about: a record that people are led to, if they may see it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from zhiji.access.models import User
from zhiji.kernel.registry import offered


@dataclass(frozen=True)
class Seen:
    """A record as somebody sees it who may: what it is called, and its page."""

    name: str
    url: str


def _nobody(pk: int) -> int | None:
    return None


def _alone(pk: int) -> Sequence[int]:
    return [pk]


@dataclass(frozen=True)
class Subject:
    """A kind of record, offered in `offers/subjects.py`. `model` is `app.model`.

    `seen(user, ids)` answers those of the ids that the user may see now, by few statements whatever their number.
    Where people may write comments it is `commented`; `customer(id)` says whose record it is, if it is a customer's,
    and `same(id)` which ids are one record with it, as customers are that were merged: the one itself comes first.
    """

    offered_in: ClassVar[str] = "subjects"
    model: str
    seen: Callable[[User, Collection[int]], Mapping[int, Seen]]
    commented: bool = False
    customer: Callable[[int], int | None] = _nobody
    same: Callable[[int], Sequence[int]] = _alone


@cache
def subjects() -> Mapping[str, Subject]:
    """Every kind that is offered, by model."""
    return {one.model: one for one in offered(Subject)}


def seen_by(user: User, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Seen]:
    """Those of these (model, id) that the user may see. What was deleted, or whose desk is off, is seen by nobody."""
    ids: dict[str, set[int]] = defaultdict(set)
    for model, pk in wanted:
        ids[model].add(pk)
    known = subjects()
    return {
        (model, pk): seen
        for model, some in ids.items()
        if model in known
        for pk, seen in known[model].seen(user, some).items()
    }
