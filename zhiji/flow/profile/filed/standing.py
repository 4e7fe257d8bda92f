"""What is kept of the customers of a chunk now, also of what the inbox still holds; rows are held against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import orjson
from django.db import connection

from zhiji.access import privacy, sealing
from zhiji.access.personal import CONTACTS
from zhiji.access.sealing import token
from zhiji.flow.profile import portrait_store, sealed
from zhiji.flow.profile.portrait import PARTS, TELLING, State, micros, plain, tell

PENDING = """
    SELECT coalesce(pending.customer_id, one.customer_id), pending.identity, pending.name, pending.occurred_at,
           pending.properties, pending.sealed
    FROM kernel_accepted AS pending LEFT JOIN resolve_identity AS one ON one.key = pending.identity
    WHERE pending.name = ANY (%s) AND (pending.identity = ANY (%s) OR pending.customer_id = ANY (%s))
    ORDER BY pending.id
"""


class Outcome(Enum):
    """What a row is to what is kept: it says the same, something newer, or what newer words have replaced."""

    SAME = 1
    NEWER = 2
    OLDER = 3


@dataclass
class Kept:
    """One customer: the portrait, and the contact value of each kind that is used, by (when it was seen, digest).

    Contact values in the portrait's texts are made comparable (see sealed.comparable).
    """

    state: State = field(default_factory=State)
    contacts: dict[str, tuple[datetime, bytes]] = field(default_factory=dict)
    there: bool = False

    def withdrew(self, channel: str) -> bool:
        """Whether the customer took back what they had allowed."""
        return self.state.told(f"consent:{channel}:marketing") is False

    def outcome(self, at: datetime, traits: Mapping[str, Any], contacts: Mapping[str, str]) -> Outcome:
        """What traits (in JSON) and contact values, told for `at`, are to it."""
        stamps = [self.state.stamps.get(part) for part, value in _parts(traits) if self._differs(part, value)]
        newer = [stamp is None or stamp <= micros(at) for stamp in stamps]
        for kind, value in contacts.items():
            seen = self.contacts.get(kind)
            if seen is None or seen[1] != privacy.digest(kind, value):
                newer.append(seen is None or seen[0] <= at)
        registered = _moment(traits.get("registered_at"))
        if registered is not None and (self.state.registered_at is None or registered < self.state.registered_at):
            newer.append(True)
        if not self.there and not newer:
            return Outcome.NEWER
        return Outcome.SAME if not newer else Outcome.NEWER if any(newer) else Outcome.OLDER

    def _differs(self, part: str, value: Any) -> bool:
        known = self.state.told(part)
        return value != known or type(value) is not type(known)

    def tell(self, name: str, at: datetime, properties: Mapping[str, Any], contacts: Mapping[str, str]) -> None:
        """Take in what was said."""
        self.there = True
        tell(self.state, name, at, properties)
        for kind, value in contacts.items():
            seen = self.contacts.get(kind)
            if seen is None or seen[0] <= at:
                self.contacts[kind] = (at, privacy.digest(kind, value))


def _parts(traits: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """(part of the portrait, its value in JSON) of traits."""
    for name, value in traits.items():
        if name == "consent":
            yield from ((f"consent:{channel}:marketing", granted) for channel, granted in value.items())
        elif name in PARTS:
            yield name, plain(name, PARTS[name](value))
        elif name != "registered_at":
            yield f"attributes.{name}", value


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


class Standing:
    """What is kept of customers by identity (`namespace:value`) or by id."""

    def __init__(self, identities: Sequence[str], customers: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT one.key, customer.root_id FROM resolve_identity AS one"
                " JOIN resolve_customer AS customer ON customer.id = one.customer_id WHERE one.key = ANY (%s)",
                [list(identities)],
            )
            roots: dict[str | int, int] = dict(cursor.fetchall())
            cursor.execute("SELECT id, root_id FROM resolve_customer WHERE id = ANY (%s)", [list(customers)])
            roots.update(cursor.fetchall())
        standing = portrait_store.load(set(roots.values()), lock=False)
        self._by_root = {root: Kept(state, there=True) for root, state in standing.items()}
        self._made_comparable()
        self._kept = {key: self._by_root.setdefault(root, Kept(there=True)) for key, root in roots.items()}
        self._contacts()
        self._pending(identities)

    def of(self, key: str | int) -> Kept:
        """What is kept of a customer; nothing of one that nobody has met."""
        return self._kept.setdefault(key, Kept())

    def knows(self, customer: int) -> bool:
        """Whether there is such a customer."""
        return customer in self._kept

    def _made_comparable(self) -> None:
        """Contact values in texts are written alike in what is kept and in what a row tells."""
        texts = [[one.state.parts, one.state.attributes] for one in self._by_root.values()]
        opened = sealed.of_roots(self._by_root, texts)
        if opened.values:
            for one in self._by_root.values():
                one.state.parts = opened.comparable(one.state.parts)
                one.state.attributes = opened.comparable(one.state.attributes)

    def _contacts(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT ON (customer.root_id, point.kind) customer.root_id, point.kind, point.seen_at,"
                " point.digest FROM profile_contactpoint AS point"
                " JOIN resolve_customer AS customer ON customer.id = point.customer_id"
                " WHERE customer.root_id = ANY (%s)"
                " ORDER BY customer.root_id, point.kind, point.seen_at DESC, point.id DESC",
                [list(self._by_root)],
            )
            for root, kind, seen_at, digest in cursor.fetchall():
                self._by_root[root].contacts[kind] = (seen_at, bytes(digest))

    def _pending(self, identities: Sequence[str]) -> None:
        """What is accepted and not yet logged."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, root_id FROM resolve_customer WHERE root_id = ANY (%s)", [list(self._by_root)])
            roots = dict(cursor.fetchall())
            cursor.execute("SELECT key FROM resolve_identity WHERE customer_id = ANY (%s)", [list(roots)])
            keys = {*identities, *(key for (key,) in cursor.fetchall())}
            cursor.execute(PENDING, [list(TELLING), list(keys), list(roots)])
            rows = cursor.fetchall()
        for customer, identity, name, at, properties, apart in rows:
            kept = self._by_root[roots[customer]] if customer in roots else self.of(identity)
            told, contacts = _opened(orjson.loads(properties), apart)
            kept.tell(name, at, told, contacts)


def _opened(properties: dict[str, Any], apart: bytes | memoryview | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What a fact in the inbox says, to be compared, and its contact points; of several of a kind the first."""
    if apart is None:
        return properties, {}
    try:
        found = sealing.opened(apart)
    except (privacy.Unreadable, orjson.JSONDecodeError):
        return properties, {}
    values = {token(kind, ref): (kind, value) for ref, (kind, value) in found.pop("values", {}).items()}
    several = {kind: value if isinstance(value, list) else [value] for kind, value in found.items() if value}
    told: dict[str, Any] = sealed.Opened(values).comparable(properties) if values else properties
    return told, {kind: str(one[0]) for kind, one in several.items() if kind in CONTACTS and one}
