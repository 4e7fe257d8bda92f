"""Erase a person: what remains are facts of nobody in particular."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

from django.db import connection, transaction

from zhiji.access.audit import audit
from zhiji.access.models import CustomerKey, User
from zhiji.access.roles import require
from zhiji.flow.profile import keys
from zhiji.flow.profile.actions.edits import targets
from zhiji.flow.profile.models import Consent, ContactPoint, Past, Portrait, Tagging
from zhiji.flow.resolve.actions import wait_for_batch
from zhiji.flow.resolve.models import Customer, Identity
from zhiji.flow.resolve.queries import tree
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.registry import offered

NAMELESS: dict[str, Any] = {
    "name": "",
    "name_key": "",
    "gender": "",
    "birthday": None,
    "city": "",
    "attributes": {},
    "stamps": {},
    "since": {},
}


@dataclass(frozen=True)
class Eraser:
    """What an app must forget of erased customers, offered in `offers/erasers.py`; runs in the same transaction."""

    offered_in: ClassVar[str] = "erasers"
    name: str
    run: Callable[[Sequence[int]], None]


@transaction.atomic
def erase_customer(*, customer_id: int, by: User | None) -> None:
    """Delete the key, contact points, identities and name of a customer and of all merged into it.

    Contact values become unreadable everywhere, back-ups included, as their key is gone. Facts stay, without the
    traits that tell who it was. It can't be undone. Raises Forbidden.
    """
    require(by, "customers:merge")
    wait_for_batch()
    (root,) = targets((customer_id,), by)
    members = tree(root)
    for table in (CustomerKey, ContactPoint, Identity, Consent, Tagging, Past):
        table._default_manager.filter(customer_id__in=members).delete()
    Portrait.objects.filter(customer_id__in=members).update(**NAMELESS)
    keys.drop(members)
    _redact(members)
    for eraser in offered(Eraser):
        eraser.run(members)
    audit("customer erased", Customer(pk=root), by=by, customers=members)
    record([NewFact("customer_erased", clock.now(), "profile", uuid4().hex, {"by": str(by or "")}, customer_id=root)])


def _redact(members: Sequence[int]) -> None:
    """The only edit of logged facts there is: the traits that name a person leave those that gave them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kernel_fact SET properties = properties - 'traits' - 'changes' - 'unreadable'"
            " WHERE customer_id = ANY (%s) AND name IN ('customer_identified', 'attributes_changed')",
            [list(members)],
        )
        cursor.execute(
            "UPDATE kernel_accepted SET sealed = NULL, properties = CASE WHEN pg_input_is_valid(properties, 'jsonb')"
            " THEN (properties::jsonb - 'traits' - 'changes')::text ELSE '{}' END WHERE customer_id = ANY (%s)",
            [list(members)],
        )
