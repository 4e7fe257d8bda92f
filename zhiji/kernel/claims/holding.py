"""What becomes of a claim: a lease is settled, or given back; what is settled comes back in parts or whole."""

from collections.abc import Mapping, Sequence

from django.db import connection

from zhiji.kernel.claims import rows
from zhiji.kernel.deadlocks import atomic_again


class Lapsed(Exception):
    """The lease ended, and what it held went back; claim it again."""


class NotClaimed(LookupError):
    """Nothing was claimed for this reason; claim it first."""


def settle(reason: str) -> None:
    """Keep what was reserved, for good; a second time changes nothing. A lease whose time is over can be settled as
    long as nobody else needed what it holds. Raises Lapsed, NotClaimed.
    """
    run = _settle if connection.in_atomic_block else atomic_again(_settle)
    run(reason)


def give_back(reason: str, returned: Mapping[str, int] | None = None) -> None:
    """Return what a reason holds: of each thing so much in all by now (None: all of everything).

    As it says how much in all, several returns come out alike in any order, and repeated. Raises NotClaimed.
    """
    run = _give_back if connection.in_atomic_block else atomic_again(_give_back)
    run(reason, returned)


def _settle(reason: str) -> None:
    if any(part.until is not None and part.returned >= part.amount for part in _locked(reason)):
        raise Lapsed(reason)
    rows.settle(reason)


def _give_back(reason: str, returned: Mapping[str, int] | None) -> None:
    back = {}
    for part in _locked(reason):
        wanted = part.amount if returned is None else min(part.amount, returned.get(part.thing, 0))
        if wanted > part.returned:
            rows.give_back(reason, part.thing, wanted)
            back[part.thing] = part.returned - wanted
    rows.count(back)


def _locked(reason: str) -> Sequence[rows.Part]:
    _out, held = rows.lock((), [reason])
    if reason not in held:
        raise NotClaimed(reason)
    return held[reason]
