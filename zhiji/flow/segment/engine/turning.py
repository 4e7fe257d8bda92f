"""The moments at which an answer about a customer may change: between two of them it stays the same.

A fact counts from its own moment on. It comes to lie on the other side of an edge (the beginning of a window) when
that edge reaches it, and again a microsecond later, as edges are held against facts strictly or not. Edges grow with
the moment asked about, but for the nights when clocks are set back: there they are looked at piece by piece.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from zhiji.flow.segment.conditions.window import Back
from zhiji.flow.segment.engine.needs import Needs
from zhiji.kernel import clock

TICK = timedelta(microseconds=1)
_DAY, _STEP = timedelta(days=1), timedelta(minutes=15)
Edge = Callable[[datetime], datetime]


def turning(
    needs: Needs,
    times: Mapping[str, Sequence[datetime]],
    lower: datetime,
    upper: datetime,
    *,
    changes: Iterable[datetime] = (),
    by_day: bool = False,
) -> list[datetime]:
    """Every such moment in (lower, upper], ascending. `times` are the moments of facts by name, ascending; `changes`
    those of everything else; `by_day` adds the beginning of every day."""
    found = {at for at in changes if lower < at <= upper}
    for several in times.values():
        found.update(several[bisect_right(several, lower) : bisect_right(several, upper)])
    for fact, keys in needs.exits.items():
        for key in keys:
            found.update(_reached(key, needs.moments[key], times.get(fact, ()), lower, upper))
    if by_day:
        found.update(_midnights(lower, upper))
    return sorted(found)


def _reached(key: str, edge: Edge, times: Sequence[datetime], lower: datetime, upper: datetime) -> Iterator[datetime]:
    """When the edge reaches each of these moments, or the one after it."""
    if not times:
        return
    span = edge.steady(lower, upper) if isinstance(edge, Back) else None
    if span is not None:
        reached = times[bisect_left(times, lower - span - TICK) : bisect_right(times, upper - span)]
        yield from (moment for at in reached for moment in (at + span, at + span + TICK) if lower < moment <= upper)
        return
    starts = [lower, *_falls(key, edge, lower, upper)]
    yield from starts[1:]
    for start, end in zip(starts, [*starts[1:], upper + TICK], strict=True):
        last = end - TICK
        first, most = edge(start), edge(last)
        for at in times[bisect_left(times, first - TICK) : bisect_right(times, most)]:
            for wanted in (at, at + TICK):
                if first < wanted <= most:
                    yield _least(edge, wanted, start, last)


def _least(edge: Edge, wanted: datetime, lower: datetime, upper: datetime) -> datetime:
    """The least moment in (lower, upper] at which a growing edge is at `wanted` or beyond."""
    guess = wanted + (lower - edge(lower))
    if lower < guess <= upper:
        guess += wanted - edge(guess)
    if lower < guess <= upper and edge(guess) >= wanted > edge(guess - TICK):
        return guess
    low, high = 0, (upper - lower) // TICK
    while high - low > 1:
        middle = (low + high) // 2
        if edge(lower + middle * TICK) >= wanted:
            high = middle
        else:
            low = middle
    return lower + high * TICK


def _falls(key: str, edge: Edge, lower: datetime, upper: datetime) -> list[datetime]:
    """Where the edge jumps back: only edges by the wall clock do, in zones that change their clocks."""
    if key.startswith("this_") or not clock.is_set(edge(lower).year, upper.year):
        return []
    found, at = list[datetime](), lower.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at < upper:
        if edge(at + _DAY) - edge(at) != _DAY:
            steps = [at + number * _STEP for number in range(_DAY // _STEP + 1)]
            values = [(one, edge(one - TICK), edge(one)) for one in steps[1:]]
            found += [one for one, before, after in values if after < before and lower < one <= upper]
        at += _DAY
    return found


def _midnights(lower: datetime, upper: datetime) -> Iterator[datetime]:
    here = clock.zone()
    day = clock.day_of(lower)
    while True:
        day += _DAY
        begins = datetime(day.year, day.month, day.day, tzinfo=here).astimezone(UTC)
        if begins > upper:
            return
        if begins > lower:
            yield begins
