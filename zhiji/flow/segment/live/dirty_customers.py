"""Who must be looked at again, and why: found by indexed reads only.

Reasons are fact names, "window:<fact>" (a fact of theirs left or reached a window's edge), "attribute",
"tag", "consent", "seen" (any fact moves when one was seen last), "merge", "new" (never classified) and "day".
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Min

from zhiji.flow.segment.engine.needs import Needs
from zhiji.flow.segment.live.membership_bitmap import EVERYONE, Held
from zhiji.flow.segment.models import Ahead
from zhiji.kernel import engine

ATTRIBUTE_FACTS = frozenset(
    {"attributes_changed", "customer_identified", "customer_registered", "owner_assigned", "priority_set"}
)
TAG_FACTS = frozenset({"tag_added", "tag_removed"})
MERGE_FACTS = frozenset({"customers_merged", "customers_unmerged"})
CONSENT_FACTS = frozenset({"consent_changed", "customer_identified"})
SPECIAL = ATTRIBUTE_FACTS | TAG_FACTS | MERGE_FACTS | CONSENT_FACTS
WORDS = frozenset({"attribute", "tag", "consent", "merge", "new", "seen", "day"})
_KINDS = {"attribute": ATTRIBUTE_FACTS, "tag": TAG_FACTS, "merge": MERGE_FACTS, "consent": CONSENT_FACTS}
MEANT = {name: [word for word, facts in _KINDS.items() if name in facts] for name in SPECIAL}
Touched = dict[int, set[str]]
Facts = dict[int, dict[str, list[int]]]
"""By root: by fact name, the ids of facts that touched."""
Range = tuple[str, datetime, datetime]
NEAR = timedelta(seconds=0.01)


DECIDED = 20  # facts that a line of the log names, the newest


@dataclass
class Deciding:
    """The facts that touched, as lines of the log tell them: by customer, those that a definition reads."""

    facts: Facts = field(default_factory=dict)
    _told: dict[frozenset[str] | None, dict[int, str]] = field(default_factory=dict)

    def among(self, names: frozenset[str] | None) -> Callable[[int], str]:
        """Of a customer, the ids of facts with these names (None: all) as PostgreSQL's array."""
        known = self._told.setdefault(names, {})

        def told(customer: int) -> str:
            found = known.get(customer)
            if found is None:
                found = known[customer] = self._array(customer, names)
            return found

        return told

    def _array(self, customer: int, names: frozenset[str] | None) -> str:
        own = self.facts.get(customer, {})
        ids = sorted({id_ for name, several in own.items() if names is None or name in names for id_ in several})
        return engine.array(ids[-DECIDED:])


@dataclass(frozen=True)
class Edges:
    """Moments before as_of that facts are held against, per fact name: {fact: moment keys} of some statements."""

    needs: tuple[Needs, ...]

    def ranges(self, before: datetime, now: datetime) -> list[Range]:
        """(fact name, from, to) of the facts on which an edge passed between two moments, both included."""
        found = set()
        for needs in self.needs:
            for fact, keys in needs.exits.items():
                for key in keys:
                    one, other = needs.moments[key](before), needs.moments[key](now)
                    if one != other:
                        found.add((fact, min(one, other), max(one, other)))
        return sorted(found)

    def next(self, now: datetime, until: datetime) -> datetime | None:
        """When an edge passes the next fact, to a hundredth of a second and never too early; None: not until then."""
        if not _crosses(self.ranges(now, until)):
            return None
        before, at = now, until
        while at - before > NEAR:
            half = before + (at - before) / 2
            before, at = (before, half) if _crosses(self.ranges(now, half)) else (half, at)
        return at


def by_facts(names: Collection[str], sets: Held, facts: Facts, *, any_fact: Collection[str] = ()) -> Touched:
    """Roots in `batch` by the names of their facts, which go to `facts`; those never classified as "new".

    With `any_fact` (definitions that read when a customer was seen), every fact touches, as "seen".
    """
    touched: Touched = {}
    wanted = SPECIAL.union(names)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.root_id, b.name, array_agg(b.fact_id) FROM batch b"
            " JOIN resolve_customer c ON c.id = b.customer_id GROUP BY c.root_id, b.name"
        )
        for root, name, ids in cursor.fetchall():
            facts.setdefault(root, {})[name] = ids
        roots = np.array(list(facts), dtype=np.int64)
        for (root, found), seen in zip(facts.items(), sets.has(EVERYONE, roots).tolist(), strict=True):
            reasons = wanted.intersection(found).union(*(MEANT[name] for name in found if name in MEANT))
            if not seen:
                reasons |= {"new"}
            if any_fact:
                reasons |= {"seen"}
            if reasons:
                touched[root] = set(reasons)
        if any("merge" in reasons for reasons in touched.values()):
            _merged(cursor, touched)
    return touched


def _merged(cursor: Any, touched: Touched) -> None:
    """Both sides of every merge and unmerge in `batch`, and their roots."""
    cursor.execute(
        "SELECT DISTINCT c.id, c.root_id FROM batch b, LATERAL (VALUES ((b.properties->>'loser')::bigint),"
        " ((b.properties->>'winner')::bigint), (b.customer_id)) AS side(id) JOIN resolve_customer c ON c.id = side.id"
        " WHERE b.name = ANY(%s)",
        [sorted(MERGE_FACTS)],
    )
    for one, root in cursor.fetchall():
        touched.setdefault(one, set()).add("merge")
        touched.setdefault(root, set()).add("merge")


def with_trees(touched: Touched) -> Touched:
    """Add everybody who is one with somebody merged: a root of before that nobody named leaves what it was in."""
    merged = [one for one, reasons in touched.items() if "merge" in reasons]
    if merged:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM resolve_customer WHERE root_id IN"
                " (SELECT root_id FROM resolve_customer WHERE id = ANY(%s))",
                [merged],
            )
            for (one,) in cursor.fetchall():
                touched.setdefault(one, set()).add("merge")
    return touched


def crossed(ranges: Iterable[Range], facts: Facts) -> Touched:
    """Roots with a fact on which an edge passed; the facts go to `facts`."""
    names, froms, tos = zip(*ranges, strict=True) if ranges else ((), (), ())
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.root_id, r.name, array_agg(DISTINCT f.id) FROM"
            " unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS r(name, lower, upper)"
            " CROSS JOIN LATERAL (SELECT f.id, f.customer_id FROM kernel_fact f"
            " WHERE f.name = r.name AND f.occurred_at >= r.lower AND f.occurred_at <= r.upper OFFSET 0) f"
            " JOIN resolve_customer c ON c.id = f.customer_id GROUP BY c.root_id, r.name",
            [list(names), list(froms), list(tos)],
        )
        return _by_window(cursor.fetchall(), facts)


def _crosses(ranges: Iterable[Range]) -> bool:
    """Whether there is a fact on which an edge passes."""
    names, froms, tos = zip(*ranges, strict=True) if ranges else ((), (), ())
    if not names:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[])"
            " AS r(name, lower, upper) WHERE EXISTS (SELECT FROM kernel_fact f"
            " WHERE f.name = r.name AND f.occurred_at >= r.lower AND f.occurred_at <= r.upper))",
            [list(names), list(froms), list(tos)],
        )
        return bool(cursor.fetchone()[0])


def remember_ahead(as_of: datetime) -> None:
    """Note the facts in `batch` that are dated after this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segment_ahead (customer_id, fact, fact_id, at)"
            " SELECT customer_id, name, fact_id, occurred_at FROM batch"
            " WHERE occurred_at > %s AND customer_id IS NOT NULL",
            [as_of],
        )


def next_ahead() -> datetime | None:
    """The first noted moment."""
    first: datetime | None = Ahead.objects.aggregate(at=Min("at"))["at"]
    return first


def reached(as_of: datetime, facts: Facts) -> Touched:
    """Roots with a fact whose noted moment has come, which goes to `facts`; the notes are taken out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (DELETE FROM segment_ahead WHERE at <= %s RETURNING customer_id, fact, fact_id)"
            " SELECT c.root_id, due.fact, array_agg(due.fact_id) FROM due"
            " JOIN resolve_customer c ON c.id = due.customer_id GROUP BY c.root_id, due.fact",
            [as_of],
        )
        return _by_window(cursor.fetchall(), facts)


def _by_window(rows: Iterable[tuple[int, str, list[int]]], facts: Facts) -> Touched:
    touched: Touched = {}
    for root, name, ids in rows:
        touched.setdefault(root, set()).add(f"window:{name}")
        facts.setdefault(root, {}).setdefault(name, []).extend(ids)
    return touched


def since_fact(fact_id: int) -> Touched:
    """Roots with a fact newer than this id, and everybody who is one with either side of a merge or an unmerge since:
    a root of before that no fact names must leave what it was in.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.root_id FROM kernel_fact f JOIN resolve_customer c ON c.id = f.customer_id"
            " WHERE f.id > %(id)s UNION SELECT member.id FROM kernel_fact f,"
            " LATERAL (VALUES ((f.properties->>'loser')::bigint), ((f.properties->>'winner')::bigint)) AS side(id)"
            " JOIN resolve_customer c ON c.id = side.id JOIN resolve_customer member ON member.root_id = c.root_id"
            " WHERE f.id > %(id)s AND f.name = ANY(%(merges)s)",
            {"id": fact_id, "merges": sorted(MERGE_FACTS)},
        )
        return {one: {"new"} for (one,) in cursor.fetchall()}


def joined(*parts: Mapping[int, set[str]]) -> Touched:
    """All of them, reasons united."""
    whole: Touched = {}
    for part in parts:
        for root, reasons in part.items():
            whole.setdefault(root, set()).update(reasons)
    return whole
