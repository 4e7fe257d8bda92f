"""What was told to the house, and what follows from it, as plainly as can be: nothing here asks its database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import RLock
from typing import Any

from zhiji.flow.segment.tests.oracle import Fact, Oracle, Person

Tree = dict[str, Any]
NOTHING = {
    "name": "", "gender": "", "birthday": None, "birthday_calendar": "solar", "region": "", "city": "", "owner": None,
    "priority": 0, "registered_at": None, "first_seen_at": None, "last_seen_at": None,
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """A fact that was sent: who (a user's or visitor's name), what it is called in the log, when it happened."""

    message: str
    who: str
    name: str
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Edit:
    """Something said of a customer over the API, which counts for the one who was the root then."""

    customer: int
    part: str
    value: Any


@dataclass
class Link:
    """Two customers that are one; `merge` is the id by which it can be undone, where we know it."""

    one: int
    other: int
    merge: int | None = None


@dataclass
class Truth:
    """`ids` are the customers by name, as they were before any merge. Whoever tells more holds `lock`."""

    zone: str
    ids: dict[str, int] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    segments: dict[str, Tree] = field(default_factory=dict)
    schemes: dict[str, list[tuple[str, Tree | None]]] = field(default_factory=dict)
    given_back: set[str] = field(default_factory=set)
    lock: RLock = field(default_factory=RLock)

    def oracle(self) -> Oracle:
        return Oracle(dict(self.segments), dict(self.schemes), {}, self.zone)

    def tell(self, event: Event) -> None:
        """The first with a message's id is the fact."""
        self.events.setdefault(event.message, event)

    def orders(self, who: str) -> list[Event]:
        """Their orders that nobody gave back."""
        own = [one for one in self.events.values() if one.name == "order_paid" and one.who == who]
        return [one for one in own if one.message not in self.given_back]

    def groups(self) -> dict[int, int]:
        """{customer: one of those who are the same person}."""
        above = {one: one for one in self.ids.values()}

        def top(one: int) -> int:
            while above[one] != one:
                one = above[one]
            return one

        for link in self.links:
            above[top(link.one)] = top(link.other)
        return {one: top(one) for one in above}

    def people(self, roots: Mapping[int, int]) -> dict[int, Person]:
        """Everybody by root id; `roots` gives each customer's, as the house says."""
        found = {root: Person(root, portrait=dict(NOTHING)) for root in set(roots.values())}
        paid = {one.properties["order_id"] for one in self.events.values() if one.name == "order_paid"}
        for event in sorted(self.events.values(), key=lambda one: one.at):
            _happened(found[roots[self.ids[event.who]]], event, known=event.properties.get("order_id") in paid)
        for edit in self.edits:
            _said(found[roots[edit.customer]], edit)
        return found


def _happened(person: Person, event: Event, *, known: bool) -> None:
    """A refund of an order that isn't `known` has no amount: it lowers nothing."""
    properties = dict(event.properties)
    if event.name == "order_refunded" and not known:
        properties["told"] = properties.pop("amount")
    person.facts.append(Fact(event.name, event.at, properties))
    minute, portrait = event.at.replace(second=0, microsecond=0), person.portrait
    portrait["first_seen_at"] = min(portrait["first_seen_at"] or minute, minute)
    portrait["last_seen_at"] = max(portrait["last_seen_at"] or minute, minute)
    if event.name == "customer_registered":
        portrait["registered_at"] = min(portrait["registered_at"] or event.at, event.at)


def _said(person: Person, edit: Edit) -> None:
    if edit.part == "tag":
        person.tags.add(edit.value)
    elif edit.part == "untag":
        person.tags.discard(edit.value)
    elif edit.part == "consent":
        channel, granted = edit.value
        person.consents[channel, "marketing"] = granted
    elif edit.part.startswith("attributes."):
        name = edit.part.removeprefix("attributes.")
        person.attributes.pop(name, None)
        if edit.value is not None:
            person.attributes[name] = edit.value
    elif edit.part == "birthday":
        person.portrait["birthday"] = date.fromisoformat(edit.value) if edit.value else None
    else:
        person.portrait[edit.part] = edit.value
