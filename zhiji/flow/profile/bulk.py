"""Load many new customers at once by COPY: what the pipeline would have made of their first facts, without it.

For a first take-over of a customer file and for benchmarks. Each customer's `customer_identified` fact goes into the
log too, so that a later merge reads the same portrait from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson
from django.db import connection, transaction

from zhiji.access import privacy
from zhiji.flow.profile import contacts
from zhiji.flow.profile.names import search_keys, sorting_key
from zhiji.kernel.facts import message_key

CHUNK = 20_000


@dataclass(frozen=True)
class Newcomer:
    """A customer nobody knows yet. `identity` must be new; `contact` maps kind to a clear value."""

    identity: str
    name: str
    registered_at: datetime
    last_seen_at: datetime
    gender: str = ""
    birthday: date | None = None
    region: str = ""
    city: str = ""
    owner_id: int | None = None
    contact: dict[str, str] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)


def load(people: Iterable[Newcomer], as_of: datetime) -> int:
    """Load them, a transaction per 20,000. Returns how many. Raises IntegrityError for an identity that is known."""
    stream, count = iter(people), 0
    while chunk := list(islice(stream, CHUNK)):
        with transaction.atomic():
            _load(chunk, as_of)
        count += len(chunk)
    return count


def _load(people: Sequence[Newcomer], as_of: datetime) -> None:
    ids = _reserve(len(people))
    known = list(zip(ids, people, strict=True))
    _copy("resolve_customer", "id, root_id", ((one, one) for one in ids))
    _copy("resolve_identity", "key, customer_id", ((person.identity, one) for one, person in known))
    _copy(
        "profile_portrait",
        "customer_id, name, name_key, gender, birthday, region, city, owner_id, registered_at, first_seen_at,"
        " last_seen_at, attributes, stamps",
        (_portrait(one, person) for one, person in known),
    )
    _copy_measures(known, as_of)
    _copy(
        "profile_searchkey", "customer_id, key", ((one, key) for one, p in known for key in sorted(search_keys(p.name)))
    )
    _copy_contacts(known)
    _copy(
        "kernel_fact",
        "message_key, name, customer_id, occurred_at, received_at, properties",
        (_fact(one, person, as_of) for one, person in known),
    )


def _reserve(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('resolve_customer', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [one for (one,) in cursor.fetchall()]


def _copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _traits(person: Newcomer) -> dict[str, Any]:
    given = {
        **person.attributes,
        "name": person.name,
        "gender": person.gender,
        "birthday": person.birthday,
        "region": person.region,
        "city": person.city,
        "registered_at": person.registered_at,
    }
    return {name: value for name, value in given.items() if value}


def _portrait(one: int, person: Newcomer) -> tuple[Any, ...]:
    stamp = round(person.registered_at.timestamp() * 1_000_000)
    custom = {name: f"attributes.{name}" for name in person.attributes}
    stamps = {custom.get(part, part): stamp for part in _traits(person) if part != "registered_at"}
    return (
        one,
        person.name,
        sorting_key(person.name),
        person.gender,
        person.birthday,
        person.region,
        person.city,
        person.owner_id,
        person.registered_at,
        person.registered_at,
        person.last_seen_at,
        orjson.dumps(person.attributes).decode(),
        orjson.dumps(stamps).decode(),
    )


def _fact(one: int, person: Newcomer, as_of: datetime) -> tuple[Any, ...]:
    properties = orjson.dumps({"traits": _traits(person)}).decode()
    key = message_key("bulk", person.identity)
    return key, "customer_identified", one, person.registered_at, as_of, properties


def _copy_measures(known: Sequence[tuple[int, Newcomer]], as_of: datetime) -> None:
    names = sorted({name for _, person in known for name in person.measures})
    empty = {name: "" if name.startswith("favourite") else 0 for name in names}
    rows = ((one, as_of, *(person.measures.get(name, empty[name]) for name in names)) for one, person in known)
    _copy("profile_measures", ", ".join(("customer_id", "as_of", *names)), rows)


def _copy_contacts(known: Sequence[tuple[int, Newcomer]]) -> None:
    reachable = [(one, person) for one, person in known if person.contact]
    keys = {one: privacy.new_key() for one, _ in reachable}
    wrapped = ((one, privacy.wrapped(one, key)) for one, key in keys.items())
    _copy("access_customerkey", "customer_id, wrapped", wrapped)
    _copy(
        "profile_contactpoint",
        contacts.COLUMNS,
        (
            contacts.row(one, kind, privacy.normalise(kind, given), cipher, person.registered_at)
            for one, person in reachable
            for cipher in (privacy.CustomerCipher(one, keys[one]),)
            for kind, given in person.contact.items()
        ),
    )
