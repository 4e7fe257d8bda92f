"""What happens in the tests: facts come in and the pipeline takes them."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import orjson

from zhiji.access.models import User
from zhiji.access.privacy import seal
from zhiji.flow.profile.actions import assign_owner
from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Identity
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

_keys = count()


def at(days: float) -> datetime:
    """So many days ago, to the minute."""
    return clock.now().replace(second=0, microsecond=0) - timedelta(days=days)


def happens(name: str, identity: str, days: float = 0, also: str | None = None, **properties: Any) -> None:
    record([NewFact(name, at(days), "test", str(next(_keys)), properties, identity=identity, also=also)])


def identified(identity: str, days: float = 0, also: str | None = None, contact: Any = None, **traits: Any) -> None:
    sealed = seal(orjson.dumps(contact), "traits") if contact else None
    fact = NewFact(
        "customer_identified",
        at(days),
        "test",
        str(next(_keys)),
        {"traits": traits},
        None,
        identity,
        also,
        None,
        sealed,
    )
    record([fact])


def all_settle() -> None:
    """The pipeline runs until nothing is left."""
    while run_once():
        pass


def portrait(identity: str) -> Portrait:
    """The root's portrait of an identity."""
    return Portrait.objects.get(pk=Identity.objects.get(pk=identity).customer.root_id)


def customer(identity: str, owner: User | None = None, contact: Any = None, **traits: Any) -> Portrait:
    """A customer who identified, of `owner`."""
    identified(identity, contact=contact, **traits)
    all_settle()
    found = portrait(identity)
    if owner is not None:
        assign_owner(customer_ids=[found.pk], owner=owner, by=None)
        all_settle()
    return portrait(identity)
