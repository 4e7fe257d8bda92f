"""Who everybody is, folded plainly from the log of facts: what the oracle is asked about."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from zhiji.access.models import User
from zhiji.flow.resolve.models import Customer, Redirect
from zhiji.flow.segment.models import MembershipChange
from zhiji.flow.segment.tests.oracle import Fact, Person
from zhiji.flow.segment.tests.oracle.values import one_word
from zhiji.kernel.models import Fact as Logged

BY_THE_HOUSE = {
    "attributes_changed", "tag_added", "tag_removed", "owner_assigned", "priority_set", "customers_merged",
    "customers_unmerged", "coupon_issued", "message_sent",
}  # fmt: skip
NOTHING = {
    "name": "", "gender": "", "birthday": None, "birthday_calendar": "solar", "region": "", "city": "", "owner": None,
    "priority": 0, "registered_at": None, "first_seen_at": None, "last_seen_at": None,
}  # fmt: skip


def people(until: datetime | None = None) -> dict[int, Person]:
    """Every root as the log of facts tells; with `until`, by what was told of the time up to then."""
    roots = _roots()
    rows: dict[int, list[tuple[datetime, int, str, Any]]] = {root: [] for root in roots.values()}
    for one in Logged.objects.all():
        rows[roots[one.customer_id]].append((one.occurred_at, one.pk, one.name, one.properties))
    owners = dict(User.objects.values_list("pk", "username"))
    logs = _logs()
    found = {}
    for root, facts in rows.items():
        person = Person(root, portrait=dict(NOTHING), log=logs.get(root, {}))
        for at, _, name, properties in sorted(facts, key=lambda row: row[:2]):
            person.facts.append(Fact(name, at, properties))
            if until is None or at <= until:
                _tell(person, name, at, properties, owners)
        found[root] = person
    return found


def _roots() -> dict[int, int]:
    """{customer: root} by folding the redirects in the order they were laid."""
    above = {one: one for one in Customer.objects.values_list("pk", flat=True)}

    def root(one: int) -> int:
        while above[one] != one:
            one = above[one]
        return one

    for loser, winner in Redirect.objects.order_by("pk").values_list("loser_id", "winner_id"):
        above[root(loser)] = root(winner)
    return {one: root(one) for one in above}


def _tell(person: Person, name: str, at: datetime, properties: Any, owners: dict[int, str]) -> None:
    portrait = person.portrait
    if name not in BY_THE_HOUSE:
        minute = at.replace(second=0, microsecond=0)
        portrait["first_seen_at"] = min(portrait["first_seen_at"] or minute, minute)
        portrait["last_seen_at"] = max(portrait["last_seen_at"] or minute, minute)
    if name == "attributes_changed":
        _change(person, properties["changes"].items())
    elif name == "customer_registered":
        portrait["registered_at"] = min(portrait["registered_at"] or at, at)
    elif name == "tag_added":
        person.tags.add(one_word(properties["tag"]))
    elif name == "tag_removed":
        person.tags.discard(one_word(properties["tag"]))
    elif name == "owner_assigned":
        portrait["owner"] = owners.get(properties["owner"])
    elif name == "priority_set":
        portrait["priority"] = properties["priority"]
    elif name == "consent_changed":
        person.consents[properties["channel"], properties.get("purpose", "marketing")] = properties["granted"]


def _change(person: Person, changes: Iterable[tuple[str, Any]]) -> None:
    for part, value in changes:
        if part.startswith("attributes."):
            person.attributes.pop(part.removeprefix("attributes."), None)
            if value is not None:
                person.attributes[part.removeprefix("attributes.")] = value
        elif part == "birthday":
            person.portrait[part] = date.fromisoformat(value) if value else None
        else:
            person.portrait[part] = value or NOTHING[part]


def _logs() -> dict[int, dict[str, list[tuple[datetime, str | None, str | None]]]]:
    logs: dict[int, dict[str, list[tuple[datetime, str | None, str | None]]]] = defaultdict(lambda: defaultdict(list))
    rows = MembershipChange.objects.order_by("at", "pk").values_list(
        "customer_id", "at", "segment__key", "entered", "scheme__key", "from_class__key", "to_class__key"
    )
    for customer, at, segment, entered, scheme, before, after in rows:
        if segment is not None:
            logs[customer][f"segment:{segment}"].append((at, None, "in" if entered else None))
        else:
            logs[customer][f"scheme:{scheme}"].append((at, before, after))
    return logs
