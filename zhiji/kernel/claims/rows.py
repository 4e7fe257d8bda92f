"""The rows behind claims: `kernel_limited` says how much of each thing is out, `kernel_claim` who holds it, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True)
class Part:
    """A claim's hold on one thing. `until` is a lease's end; None when it is settled."""

    thing: str
    amount: int
    returned: int
    until: datetime | None
    upto: int

    def over(self, as_of: datetime) -> bool:
        """Whether it was a lease that was given back or has ended."""
        return self.until is not None and (self.returned >= self.amount or self.until <= as_of)


def lock(things: Sequence[str], reasons: Sequence[str] = ()) -> tuple[dict[str, int], dict[str, list[Part]]]:
    """How much is out of each of the things, and of those that the reasons hold; all locked until the transaction
    ends. And what each reason holds.

    First all rows are made, in order, then locked, in order: who waits for one holds none that comes after it. Three
    statements, each of which sees what was committed before it, on one way to the database and back.
    """
    held: dict[str, list[Part]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kernel_limited (thing) SELECT thing FROM unnest(%(things)s::text[]) AS asked (thing)
                WHERE NOT EXISTS (SELECT FROM kernel_limited known WHERE known.thing = asked.thing) ORDER BY thing
                ON CONFLICT (thing) DO NOTHING;
            SELECT thing, taken FROM kernel_limited WHERE thing = ANY (%(things)s::text[] || ARRAY(
                SELECT thing FROM kernel_claim WHERE reason = ANY (%(reasons)s))) ORDER BY thing FOR NO KEY UPDATE;
            SELECT reason, thing, amount, returned, until, upto FROM kernel_claim WHERE reason = ANY (%(reasons)s)
                ORDER BY reason, part
            """,
            {"things": list(things), "reasons": list(reasons)},
        )
        cursor.nextset()
        out = dict(cursor.fetchall())
        cursor.nextset()
        for reason, *part in cursor.fetchall():
            held[reason].append(Part(*part))
    return out, dict(held)


def since(things: Sequence[str], moment: datetime) -> dict[str, int]:
    """How much of each thing was claimed after a moment, and not given back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT thing, sum(amount - returned)::bigint FROM kernel_claim WHERE thing = ANY (%s) AND at > %s"
            " GROUP BY thing",
            [list(things), moment],
        )
        return dict(cursor.fetchall())


def write(
    granted: Mapping[str, Sequence[tuple[str, int, int]]],
    more: Mapping[str, int],
    as_of: datetime,
    until: datetime | None,
) -> None:
    """Write claims, {reason: (thing, how much, how much is out with it)}, and count so much more of each locked thing
    as out."""
    rows = [(reason, number, *part) for reason, parts in granted.items() for number, part in enumerate(parts)]
    if not rows:
        count(more)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_claim (at, until, reason, part, thing, amount, upto) SELECT %s, %s::timestamptz, *"
            f" FROM unnest(%s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::bigint[]); {COUNT}",
            [as_of, until, *(list(column) for column in zip(*rows, strict=True)), list(more), list(more.values())],
        )


COUNT = """
    UPDATE kernel_limited SET taken = taken + more.amount FROM unnest(%s::text[], %s::bigint[]) AS more (thing, amount)
    WHERE kernel_limited.thing = more.thing AND more.amount <> 0
"""


def count(more: Mapping[str, int]) -> None:
    """Count so much more of each locked thing as out."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(more), list(more.values())])


def forget(reasons: Sequence[str]) -> dict[str, int]:
    """Drop leases that are over; answers how much of each locked thing they still held."""
    if not reasons:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM kernel_claim WHERE reason = ANY (%s) RETURNING thing, amount - returned AS rest)"
            " SELECT thing, sum(rest)::bigint FROM gone GROUP BY thing",
            [list(reasons)],
        )
        return dict(cursor.fetchall())


def lapse(things: Sequence[str], as_of: datetime) -> dict[str, int]:
    """End the leases on these locked things whose time is over; answers how much of each came back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH over AS (SELECT id, thing, amount - returned AS rest FROM kernel_claim"
            " WHERE thing = ANY (%s) AND until <= %s AND returned < amount),"
            " ended AS (UPDATE kernel_claim c SET returned = amount FROM over WHERE c.id = over.id)"
            " SELECT thing, sum(rest)::bigint FROM over GROUP BY thing",
            [list(things), as_of],
        )
        return dict(cursor.fetchall())


def settle(reason: str) -> None:
    """Make a lease one for good."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_claim SET until = NULL WHERE reason = %s", [reason])


def give_back(reason: str, thing: str, returned: int) -> None:
    """Say how much in all has come back of what a reason held of a locked thing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_claim SET returned = %s WHERE reason = %s AND thing = %s", [returned, reason, thing]
        )
