"""Erase a person: what remains are facts of nobody in particular."""

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction

from zhiji.access import privacy
from zhiji.access.audit import audit
from zhiji.access.erasing import Eraser, Person
from zhiji.access.models import User
from zhiji.access.roles import require
from zhiji.flow.profile.actions.edits import targets
from zhiji.flow.profile.models import ContactPoint, Past, Portrait, SealedValue
from zhiji.flow.resolve.actions import wait_for_batch
from zhiji.flow.resolve.models import Customer, Identity
from zhiji.flow.resolve.queries import tree
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.registry import offered


@transaction.atomic
def erase_customer(*, customer_id: int, by: User | None) -> None:
    """Forget the person behind a customer and all merged into it: every app what it keeps of them (access.erasing).

    Contact values become unreadable everywhere, back-ups included, as their key is gone. Orders' sums and days stay,
    and facts without what tells who it was. What is told of them later, by the same number, is of a new customer. It
    can't be undone. Raises Forbidden.
    """
    require(by, "customers:merge")
    wait_for_batch()
    (root,) = targets((customer_id,), by)
    person = _known(root)
    for eraser in offered(Eraser):
        eraser.run(person)
    audit("customer erased", Customer(pk=root), by=by, customers=list(person.ids))
    record([NewFact("customer_erased", clock.now(), "profile", uuid4().hex, {"by": str(by or "")}, customer_id=root)])


def _known(root: int) -> Person:
    """What the person is known by, while it can be read; the root's id comes first."""
    ids = sorted(tree(root), key=lambda one: (one != root, one))
    identities = Identity.objects.filter(customer_id__in=ids).values_list("key", flat=True)
    names = set(Portrait.objects.filter(customer_id__in=ids).values_list("name", flat=True))
    names |= {str(was) for was in Past.objects.filter(customer_id__in=ids, part="name").values_list("was", flat=True)}
    return Person(
        ids,
        frozenset(identities),
        frozenset(_values(ids)),
        frozenset(names - {""}),
    )


def _values(ids: Sequence[int]) -> set[str]:
    """The contact values; under another master key none, as nobody can read them any more."""
    try:
        ciphers = privacy.known_ciphers(ids)
    except privacy.Unreadable:
        return set()
    points = ContactPoint.objects.filter(customer_id__in=ids).values_list("customer_id", "ciphertext")
    sealed = SealedValue.objects.filter(customer_id__in=ids).values_list("customer_id", "ciphertext")
    return {ciphers[one].decrypt(text) for one, text in [*points, *sealed] if one in ciphers}
