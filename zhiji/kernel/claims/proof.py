"""That the counts are right: what is counted as out of each thing is what its claims hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from zhiji.kernel.claims import rows

AT_ONCE = 500

HELD = """
    SELECT thing, coalesce(taken, 0), coalesce(held, 0) FROM kernel_limited FULL JOIN (
        SELECT thing, sum(amount - returned)::bigint AS held FROM kernel_claim GROUP BY thing
    ) AS claims USING (thing) WHERE coalesce(taken, 0) <> coalesce(held, 0) ORDER BY thing
"""


@dataclass(frozen=True)
class Difference:
    """A thing of which another amount is counted as out than its claims hold."""

    thing: str
    counted: int
    held: int


def differences() -> list[Difference]:
    """Where counts and claims don't agree, by one statement; none, when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        return [Difference(*row) for row in cursor.fetchall()]


def recount() -> list[Difference]:
    """Count anew by the claims where it differs; answers what differed."""
    found = differences()
    for some in _pieces([one.thing for one in found]):
        with transaction.atomic():
            out, _held = rows.lock(some)
            rows.count({thing: held - out[thing] for thing, held in _sums(some).items()})
    return found


def end_lapsed(as_of: datetime) -> int:
    """End all leases whose time is over; answers how many things got something back. A claim that is short of one
    does so by itself: this keeps the counts true that people see."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT thing FROM kernel_claim WHERE until <= %s AND returned < amount ORDER BY thing", [as_of]
        )
        things = [thing for (thing,) in cursor.fetchall()]
    for some in _pieces(things):
        with transaction.atomic():
            rows.lock(some)
            rows.count({thing: -amount for thing, amount in rows.lapse(some, as_of).items()})
    return len(things)


def _sums(things: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT thing, (SELECT coalesce(sum(amount - returned), 0)::bigint FROM kernel_claim c"
            " WHERE c.thing = asked.thing) FROM unnest(%s::text[]) AS asked (thing)",
            [list(things)],
        )
        return dict(cursor.fetchall())


def _pieces(things: Sequence[str]) -> list[Sequence[str]]:
    return [things[at : at + AT_ONCE] for at in range(0, len(things), AT_ONCE)]
