"""A small shop: buyers with one to so many orders, owned by whom one likes; for tests of the pages."""

from datetime import datetime, timedelta

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait
from zhiji.kernel import clock
from zhiji.kernel.facts import NewFact, record
from zhiji.kernel.pipeline import run_once

CLASSES = [
    {
        "key": "often",
        "name": "常客",
        "colour": "green",
        "condition": {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 3},
    },
    {"key": "rest", "name": "其他", "colour": "azure", "condition": None},
]
BUYERS = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 1}
OFTEN = {"kind": "behaviour", "fact": "order_paid", "op": "ge", "value": 3}


def bought(counts: dict[str, int], at: datetime | None = None) -> dict[str, int]:
    """Customers by name, each with so many orders, a day apart, the last an hour ago. Returns {name: root id}."""
    last = at or clock.now() - timedelta(hours=1)
    facts = []
    for name, count in counts.items():
        key, who = f"{name}-{last:%Y%m%d}", f"user:{name}"
        traits = {"traits": {"name": name, "region": "浙江", "birthday": "1990-05-03"}}
        facts.append(NewFact("customer_identified", last, "test", key, traits, identity=who))
        for day in range(count):
            moment = last - timedelta(days=day)
            facts.append(NewFact("order_paid", moment, "test", f"{key}-{day}", {"amount": 100}, identity=who))
    record(facts)
    run_once()
    return dict(Portrait.objects.filter(name__in=counts).values_list("name", "customer_id"))


def owned(by: User, *customers: int) -> None:
    Portrait.objects.filter(customer_id__in=customers).update(owner=by)
