"""Taking some of limited things: all or nothing, once for a reason, first come, first served."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection

from zhiji.kernel.claims import rows
from zhiji.kernel.deadlocks import atomic_again


@dataclass(frozen=True)
class Limit:
    """At most `most` of a thing may be out (None: however many), of which this takes `take`.

    With `within` only what was claimed in the last stretch of that length counts. What is out of the things `also` is
    counted along, as with customers who proved to be one person.
    """

    thing: str
    most: int | None
    take: int = 1
    within: timedelta | None = None
    also: tuple[str, ...] = ()

    @property
    def things(self) -> set[str]:
        return {self.thing, *self.also}


@dataclass(frozen=True)
class Ask:
    """Some of each thing, for a reason: a text that nobody else uses."""

    reason: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class Claimed:
    """What a reason holds. `new`: taken just now; else this is the answer it got before. `until`: the lease's end,
    None when settled. `upto`: how much of each thing was out with this; of an endless one, its number.
    """

    reason: str
    new: bool
    until: datetime | None
    upto: Mapping[str, int]


class UsedUp(Exception):
    """There isn't as much left of `thing`: only `left`. Say so, and leave everything else undone."""

    def __init__(self, thing: str, left: int) -> None:
        super().__init__(f"{left} left of {thing}")
        self.thing, self.left = thing, left


def claim(reason: str, *limits: Limit, as_of: datetime, lease: timedelta | None = None) -> Claimed:
    """Take some of each thing for a reason, or what that reason got before; reserved for `lease`, else for good.

    Raises UsedUp. A refusal isn't remembered: the reason may ask again. A lease that was given back or has ended is
    forgotten, too; what was settled and given back stays so.
    """
    (answer,) = claim_all([Ask(reason, limits)], as_of=as_of, lease=lease)
    if isinstance(answer, UsedUp):
        raise answer
    return answer


def claim_all(asks: Sequence[Ask], *, as_of: datetime, lease: timedelta | None = None) -> list[Claimed | UsedUp]:
    """The same for many at once, an answer for each: who comes first in the sequence is served first."""
    run = _claim_all if connection.in_atomic_block else atomic_again(_claim_all)
    return run(asks, as_of, lease)


def _claim_all(asks: Sequence[Ask], as_of: datetime, lease: timedelta | None) -> list[Claimed | UsedUp]:
    reasons = [ask.reason for ask in asks]
    out, known = rows.lock([thing for ask in asks for limit in ask.limits for thing in limit.things], reasons)
    over = [reason for reason, parts in known.items() if any(part.over(as_of) for part in parts)]
    wanted = {ask.reason: ask for ask in reversed(asks) if ask.reason not in known or ask.reason in over}
    served: dict[str, Claimed | UsedUp] = {}
    if wanted:
        first_come = [wanted[reason] for reason in dict.fromkeys(reasons) if reason in wanted]
        served = _serve(first_come, out, rows.forget(over), as_of, lease)
    answers: list[Claimed | UsedUp] = []
    for reason in reasons:
        answers.append(served.get(reason) or _as_before(reason, known[reason]))
        if isinstance(now := served.get(reason), Claimed):
            served[reason] = replace(now, new=False)
    return answers


def _as_before(reason: str, parts: Sequence[rows.Part]) -> Claimed:
    return Claimed(reason, False, parts[0].until, {part.thing: part.upto for part in parts})


def _serve(
    asks: Sequence[Ask], out: Mapping[str, int], back: Mapping[str, int], as_of: datetime, lease: timedelta | None
) -> dict[str, Claimed | UsedUp]:
    """Who gets some, written down; of what is `out` some came `back`. Leases that are over end where some is short."""
    more = Counter({thing: -amount for thing, amount in back.items()})
    turn = _Turn(asks, _plus(out, more), as_of)
    if turn.refused and (lapsed := rows.lapse(list(out), as_of)):
        more.subtract(lapsed)
        turn = _Turn(asks, _plus(out, more), as_of)
    until = as_of + lease if lease is not None else None
    more.update(turn.taken)
    rows.write(turn.granted, more, as_of, until)
    answers: dict[str, Claimed | UsedUp] = {**turn.refused}
    for reason, parts in turn.granted.items():
        answers[reason] = Claimed(reason, True, until, {thing: upto for thing, _amount, upto in parts})
    return answers


def _plus(out: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {thing: amount + more.get(thing, 0) for thing, amount in out.items()}


class _Turn:
    """One look at who gets how much, in order; nothing is written."""

    def __init__(self, asks: Sequence[Ask], out: Mapping[str, int], as_of: datetime) -> None:
        self._out, self._lately = out, _lately(asks, as_of)
        self.taken: Counter[str] = Counter()
        self.granted: dict[str, list[tuple[str, int, int]]] = {}
        self.refused: dict[str, UsedUp] = {}
        for ask in asks:
            short = next((why for limit in ask.limits if (why := self._short(limit))), None)
            if short is not None:
                self.refused[ask.reason] = short
                continue
            parts = {limit.thing: limit.take for limit in ask.limits}
            self.taken.update(parts)
            self.granted[ask.reason] = [(thing, take, out[thing] + self.taken[thing]) for thing, take in parts.items()]

    def _short(self, limit: Limit) -> UsedUp | None:
        if limit.most is None:
            return None
        counted = self._out if limit.within is None else self._lately[limit.within]
        left = limit.most - sum(counted.get(thing, 0) + self.taken[thing] for thing in limit.things)
        return UsedUp(limit.thing, max(0, left)) if left < limit.take else None


def _lately(asks: Sequence[Ask], as_of: datetime) -> dict[timedelta, dict[str, int]]:
    """What was claimed in the last stretches that limits look through."""
    things: dict[timedelta, set[str]] = defaultdict(set)
    for limit in (limit for ask in asks for limit in ask.limits):
        if limit.within is not None:
            things[limit.within] |= limit.things
    return {within: rows.since(list(some), as_of - within) for within, some in things.items()}
