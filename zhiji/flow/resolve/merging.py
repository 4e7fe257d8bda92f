"""What the facts of a batch prove about who is whom, and the redirects that follow.

`identity_aliased` says outright that two ids are one person. `customer_identified` with an anonymous id says that
this visitor was that person all along, unless the visitor's customer already has an identity of its own: on a
shared device the facts before belong to whoever identified first, and so do later anonymous ones, as no proof says
otherwise. (Segment, PostHog and RudderStack keep to the same; a site that resets the anonymous id at sign-out has a
new visitor then.)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from zhiji.flow.resolve.models import ANONYMOUS, KeptApart, Redirect
from zhiji.flow.resolve.roots import Forest

PROVING = ("customer_identified", "identity_aliased")
PROOFS = """
    SELECT batch.id, batch.name, one.customer_id, other.customer_id, batch.identity, batch.also
    FROM batch
    JOIN resolve_identity AS one ON one.key = batch.identity
    JOIN resolve_identity AS other ON other.key = batch.also
    WHERE batch.name = ANY (%s) AND one.customer_id <> other.customer_id
      AND (batch.name = 'identity_aliased' OR batch.also LIKE 'anonymous:%%')
      AND NOT EXISTS (SELECT FROM resolve_redirect
                      WHERE loser_id = other.customer_id AND winner_id = one.customer_id)
    ORDER BY batch.id
"""
MEMBERS = """
    SELECT member.id, member.root_id, EXISTS (
        SELECT FROM resolve_identity
        WHERE resolve_identity.customer_id = member.id AND resolve_identity.key NOT LIKE %s
    )
    FROM resolve_customer AS member
    WHERE member.root_id IN (SELECT root_id FROM resolve_customer WHERE id = ANY (%s))
"""


@dataclass(frozen=True)
class Proof:
    """Two customers that a fact says are one."""

    loser: int
    winner: int
    text: str
    explicit: bool


def merge_proven() -> list[Redirect]:
    """Lay the redirects that the batch's facts prove, in the order of the facts. Returns the new ones."""
    proofs = _proofs()
    if not proofs:
        return []
    neighbourhood = _Neighbourhood({one for proof in proofs for one in (proof.loser, proof.winner)})
    laid = [
        Redirect(loser_id=proof.loser, winner_id=proof.winner, proof=proof.text)
        for proof in proofs
        if neighbourhood.accepts(proof)
    ]
    Redirect.objects.bulk_create(laid)
    keep_roots(neighbourhood.changed())
    return laid


def _proofs() -> list[Proof]:
    with connection.cursor() as cursor:
        cursor.execute(PROOFS, [list(PROVING)])
        rows = cursor.fetchall()
    return [
        Proof(other, one, f"{identity} = {also}", name == "identity_aliased")
        for _, name, one, other, identity, also in rows
    ]


class _Neighbourhood:
    """The trees around some customers as they are, and as the proofs accepted so far leave them."""

    def __init__(self, customers: set[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(MEMBERS, [f"{ANONYMOUS}:%", list(customers)])
            rows: Sequence[tuple[int, int, bool]] = cursor.fetchall()
        self.before = {member: root for member, root, _ in rows}
        self.forest = Forest()
        for member, root, _ in rows:
            self.forest.join(member, root)
        self.named = {root for _, root, named in rows if named}
        self.laid: set[tuple[int, int]] = set()
        self.apart = KeptApart.objects.filter(one_id__in=self.before, other_id__in=self.before)
        self.pairs = list(self.apart.values_list("one_id", "other_id"))

    def accepts(self, proof: Proof) -> bool:
        """Whether the proof lays a redirect; if so the trees are joined."""
        if (proof.loser, proof.winner) in self.laid:
            return False
        lost, won = self.forest.root(proof.loser), self.forest.root(proof.winner)
        if lost != won:
            if not proof.explicit and lost in self.named:
                return False
            if any({self.forest.root(one), self.forest.root(other)} == {lost, won} for one, other in self.pairs):
                return False
            self.forest.join(lost, won)
            if lost in self.named:
                self.named.add(won)
        self.laid.add((proof.loser, proof.winner))
        return True

    def changed(self) -> dict[int, int]:
        """{customer: new root} of those whose root is another now."""
        return {one: root for one, was in self.before.items() if (root := self.forest.root(one)) != was}


def keep_roots(changed: dict[int, int]) -> None:
    """Write the roots of these customers."""
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE resolve_customer SET root_id = fresh.root FROM unnest(%s::bigint[], %s::bigint[])"
                " AS fresh(id, root) WHERE resolve_customer.id = fresh.id",
                [list(changed), list(changed.values())],
            )


def standing(customers: Iterable[int]) -> list[tuple[int, int]]:
    """The redirects among these customers, in the order they were laid."""
    return list(
        Redirect.objects.filter(loser_id__in=list(customers)).order_by("id").values_list("loser_id", "winner_id")
    )
