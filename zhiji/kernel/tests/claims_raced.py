"""Nine limited things, and what a crowd does to each: the cases of the race suite.

A case asks for a fresh thing each round; after it, as much is out as the limits allow, no more and no less.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from zhiji.kernel.claims import Limit, UsedUp, claim, give_back, settle

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Out = Mapping[str, int]


@dataclass(frozen=True)
class Case:
    """`act(thing, number)` is what the crowd's member `number` does; `ends(thing, crowd)` what is out in the end."""

    act: Callable[[str, int], Any]
    ends: Callable[[str, int], Out]


def _points(thing: str, number: int) -> Any:
    return claim(f"{thing}/{number}", Limit(thing, 100, take=30), as_of=NOON)


def _reward(thing: str, number: int) -> Any:
    """A reward of which there are three, for 50 points; each of two members has 100."""
    mine = Limit(f"{thing}/points/{number % 2}", 100, take=50)
    return claim(f"{thing}/{number}", Limit(f"{thing}/stock", 3), mine, as_of=NOON)


def _coupon(thing: str, number: int) -> Any:
    return claim(f"{thing}/{number}", Limit(thing, 5), as_of=NOON)


def _coupon_per_person(thing: str, number: int) -> Any:
    person = Limit(f"{thing}/person/{number % 4}", 1)
    return claim(f"{thing}/{number}", person, Limit(f"{thing}/all", 100), as_of=NOON)


def _card(thing: str, number: int) -> Any:
    """Reserved, then paid."""
    claim(f"{thing}/{number}", Limit(thing, 1000, take=250), as_of=NOON, lease=MINUTE)
    return settle(f"{thing}/{number}")


def _refund(thing: str, number: int) -> Any:
    return claim(f"{thing}/{number}", Limit(thing, 100, take=60), as_of=NOON)


def _seat(thing: str, number: int) -> Any:
    """Each even member is kept by a lease that is long over, which frees it for whoever needs it."""
    if number % 2:
        return claim(f"{thing}/{number}", Limit(thing, 4), as_of=NOON + DAY)
    claim(f"{thing}/{number}", Limit(thing, 4), as_of=NOON, lease=MINUTE)


def _quota(thing: str, number: int) -> Any:
    """Two of each region and three of each age; members name them in other orders."""
    region, age = Limit(f"{thing}/region/{number % 2}", 2), Limit(f"{thing}/age", 3)
    return claim(f"{thing}/{number}", *((region, age) if number % 3 else (age, region)), as_of=NOON)


def _attempts(thing: str, number: int) -> Any:
    """Three tries a day; the same click comes twice."""
    return claim(f"{thing}/{number // 2}", Limit(thing, 3, within=DAY), as_of=NOON)


def _exchange(thing: str, number: int) -> Any:
    """Who gets the only one gives it back, for the next; the reason stays used."""
    claim(f"{thing}/{number}", Limit(thing, 1), as_of=NOON)
    give_back(f"{thing}/{number}")


CASES = {
    "points": Case(_points, lambda thing, crowd: {thing: 90}),
    "a reward's stock": Case(
        _reward,
        lambda thing, crowd: {f"{thing}/stock": 3},
    ),
    "a coupon in all": Case(_coupon, lambda thing, crowd: {thing: 5}),
    "a coupon per person": Case(
        _coupon_per_person,
        lambda thing, crowd: {f"{thing}/all": 4, **{f"{thing}/person/{number}": 1 for number in range(4)}},
    ),
    "a gift card": Case(_card, lambda thing, crowd: {thing: 1000}),
    "refunds of a payment": Case(_refund, lambda thing, crowd: {thing: 60}),
    "seats, some of them leased": Case(_seat, lambda thing, crowd: {thing: 4}),
    "quotas that overlap": Case(_quota, lambda thing, crowd: {f"{thing}/age": 3}),
    "tries of a quiz": Case(_attempts, lambda thing, crowd: {thing: 3}),
    "one that goes from hand to hand": Case(_exchange, lambda thing, crowd: {}),
}


def crowd(case: Case, thing: str, size: int) -> list[BaseException]:
    """Let so many act at once, each on a connection of its own; answers what went otherwise than by a refusal."""
    ready, strange = threading.Barrier(size), []

    def one(number: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(60)
            case.act(thing, number)
        except UsedUp:
            pass
        except BaseException as error:
            strange.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return strange
