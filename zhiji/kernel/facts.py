"""Record facts: the one way in for everything that happened.

A fact type declares its name and typed properties; `record` commits facts to the inbox inside the caller's
transaction. Undeclared names and properties are kept too, they only lack a label and a lake column.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal
from uuid import UUID

import orjson
from django.db import DataError, connection, transaction
from django.utils.functional import Promise

from zhiji.kernel import clock
from zhiji.kernel.registry import offered, withheld
from zhiji.kernel.rest import ring
from zhiji.kernel.values.number import written

FIGURE = re.compile(r"[-+\d.,:TZ ]{1,40}")
PropertyType = Literal["text", "number", "money", "time", "flag", "list"]


@dataclass(frozen=True)
class Property:
    """A property of a fact. `column=True` gives it a typed column of the lake, for fast scans.

    A source's fact without what is `required` isn't taken. `means` names the kind of value that a text is, by which it
    is read wherever it comes from (see kernel/values); a "sum" is an amount of money that is never below nothing.
    `spoken=True` says that it holds a person's own words, though it has a column.
    """

    name: str
    type: PropertyType
    label: str
    column: bool = False
    required: bool = False
    means: Literal["", "identifier", "coupon", "sum"] = ""
    spoken: bool = False

    def impersonal(self, value: Any) -> bool:
        """Whether a value is a figure, a moment or a thing's name, and so tells nothing of a person."""
        if isinstance(value, str):
            figure = self.type in ("number", "money", "time") and FIGURE.fullmatch(value) is not None
            return figure or (self.type == "text" and bool(self.column or self.means) and not self.spoken)
        return isinstance(value, bool | int | float)


@dataclass(frozen=True)
class FactType:
    """A declared kind of fact. `label` is the Chinese name shown on screens, `icon` a Tabler icon beside it.

    `reporter` may report it: a "source", or only the "product" itself, so that no write key can forge it. `internal`
    is what the house did, which says nothing of when the customer was last seen. A type that says neither is safe.
    `once_by` names the properties that make it one fact, whoever tells of it and how often: an order is paid once. The
    first must be there; the others tell it apart where they are, as the shop does the order of one number.
    `lessened_by` names the fact that takes back of its amounts. `really` names the fact that somebody else's event is
    by its properties: an order that says it waits for payment isn't paid.
    """

    offered_in: ClassVar[str] = "facts"
    kept_when_off: ClassVar[bool] = True
    name: str
    label: str
    icon: str
    properties: tuple[Property, ...] = ()
    reporter: Literal["source", "product"] = "product"
    internal: bool = True
    once_by: tuple[str, ...] = ()
    lessened_by: str = ""
    really: Callable[[Mapping[str, Any]], str] | None = None


@dataclass(frozen=True)
class NewFact:
    """A fact to record. Either `customer_id` is known or `identity` ("namespace:value") finds the customer.

    `key` makes it idempotent: the same (`scope`, `key`) twice is one fact. So are the same values of the properties
    that the fact's type is `once_by`, from whatever scope.
    """

    name: str
    occurred_at: datetime
    scope: str
    key: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    customer_id: int | None = None
    identity: str | None = None
    also: str | None = None
    source_id: int | None = None
    sealed: bytes | None = None


@dataclass(frozen=True)
class Sealer:
    """Takes out of a fact what mustn't be kept in clear, whoever records it; offered in `offers/sealers.py`.

    `seal(properties as JSON, what was sealed already)` answers both as they may be kept.
    """

    offered_in: ClassVar[str] = "sealers"
    kept_when_off: ClassVar[bool] = True
    seal: Callable[[bytes, bytes | None], tuple[bytes, bytes | None]]


def message_key(scope: str, key: str) -> UUID:
    """The log's 128-bit key of a message: blake2b of where it came from and its id there."""
    return UUID(bytes=hashlib.blake2b(f"{scope}\0{key}".encode(), digest_size=16).digest())


def key_of(fact: NewFact) -> UUID:
    """The key under which a fact is logged once."""
    once_by = _once().get(fact.name)
    if not once_by or fact.properties.get(once_by[0]) in (None, ""):
        return message_key(fact.scope, fact.key)
    return once_key(fact.name, *map(fact.properties.get, once_by))


def once_key(name: str, *values: Any) -> UUID:
    """The key of the one fact of this name with these values of its type's `once_by`; who is missing tells nothing."""
    told = [str(value).strip() for value in values if value is not None]
    return message_key(f"once:{name}", "\0".join(filter(None, told)))


@cache
def _once() -> dict[str, tuple[str, ...]]:
    return {name: kind.once_by for name, kind in fact_types().items() if kind.once_by}


def logged_for(key: UUID) -> int | None:
    """The customer of the fact of this key, logged or still in the inbox; None where there is no such fact."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM kernel_fact WHERE message_key = %(key)s"
            " UNION ALL SELECT customer_id FROM kernel_accepted WHERE message_key = %(key)s",
            {"key": key},
        )
        row = cursor.fetchone()
    return row[0] if row else None


def record(facts: Iterable[NewFact]) -> int:
    """Commit facts to the inbox, in the caller's transaction, by COPY. Returns how many.

    Raises DataError for properties that the log couldn't keep.
    """
    count, received = 0, clock.now()
    sealers = offered(Sealer)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY kernel_accepted (message_key, name, occurred_at, received_at, source_id, customer_id, identity, also,"
            " properties, sealed) FROM STDIN"
        ) as copy,
    ):
        for fact in facts:
            text, sealed = _text(fact.properties), fact.sealed
            for sealer in sealers:
                text, sealed = sealer.seal(text, sealed)
            copy.write_row(
                (
                    key_of(fact),
                    fact.name,
                    fact.occurred_at,
                    received,
                    fact.source_id,
                    fact.customer_id,
                    fact.identity,
                    fact.also,
                    text.decode(),
                    sealed,
                )
            )
            count += 1
    transaction.on_commit(ring)
    return count


def holds_nul(text: bytes) -> bool:
    """Whether JSON text holds an escaped NUL (and not an escaped backslash before `u0000`).

    The inbox keeps properties as text; of JSON that a strict encoder wrote, it is all that the log can't take.
    """
    return b"\\u0000" in text and b"\\u0000" in text.replace(b"\\\\", b"")


def _text(properties: Mapping[str, Any]) -> bytes:
    found = orjson.dumps(properties, default=written)
    if holds_nul(found):
        raise DataError("a fact's properties hold a NUL character")
    return found


def impersonal(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What may stay of a fact's properties when its customer is erased: figures, moments and things that its type
    declares. Texts, lists and whatever is declared nowhere go.
    """
    kind = fact_types().get(name)
    known = {one.name: one for one in kind.properties} if kind else {}
    return {key: value for key, value in properties.items() if key in known and known[key].impersonal(value)}


@cache
def fact_types() -> dict[str, FactType]:
    """Every declared fact type, by name."""
    return {kind.name: kind for kind in offered(FactType)}


@cache
def asleep() -> dict[str, str | Promise]:
    """{name: the desk in words} of the fact types whose desk is off: known still, and offered to nobody."""
    return {kind.name: desk.verbose_name for desk, kind in withheld(FactType)}


@cache
def own_names() -> frozenset[str]:
    """The names that only the product records: whoever else reports one is refused."""
    return frozenset(name for name, kind in fact_types().items() if kind.reporter == "product")


@cache
def internal_names() -> frozenset[str]:
    """The names of what the house did: they don't count as the customer's own doing."""
    return frozenset(name for name, kind in fact_types().items() if kind.internal)


@cache
def icon_of(name: str) -> str:
    """The icon of a fact; of an undeclared one that of its noun, as of any `order_…`, or a clock."""
    declared, noun = fact_types(), name.partition("_")[0]
    kind = declared.get(name) or next((one for one in declared.values() if one.name.partition("_")[0] == noun), None)
    return kind.icon if kind else "clock"
