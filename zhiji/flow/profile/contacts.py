"""Contact points: kept encrypted under the customer's key, shown masked, revealed with an audit line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from zhiji.access import masks, privacy
from zhiji.access.audit import audit
from zhiji.access.models import User
from zhiji.access.privacy import CustomerCipher, Unreadable
from zhiji.access.roles import NotYours, require
from zhiji.flow.profile.models import ContactPoint
from zhiji.flow.profile.visibility import visible_to
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.written import written_once

KINDS = ("phone", "email", "address")


@dataclass(frozen=True)
class NewContact:
    """A value to keep, in clear, and when we learned it."""

    customer_id: int
    kind: str
    value: str
    seen_at: datetime


def keep(found: Iterable[NewContact]) -> int:
    """Encrypt and keep values in bulk, in the caller's transaction; a known one is only seen again.

    Values that are none of their kind (a phone without digits) are left out. Returns how many were kept.
    """
    clean: dict[tuple[int, str, bytes], tuple[NewContact, str]] = {}
    for one in found:
        try:
            value = privacy.normalise(one.kind, one.value)
        except ValueError:
            continue
        if value:
            clean[(one.customer_id, one.kind, privacy.digest(one.kind, value))] = (one, value)
    if not clean:
        return 0
    ciphers = privacy.customer_ciphers(one.customer_id for one, _ in clean.values())
    rows = [
        row(customer, kind, value, ciphers[customer], one.seen_at)
        for (customer, kind, _), (one, value) in sorted(clean.items())
    ]
    _write(rows)
    return len(rows)


COLUMNS = "customer_id, kind, ciphertext, digest, masked, tail_digest, seen_at"


def row(customer: int, kind: str, value: str, cipher: CustomerCipher, seen_at: datetime) -> tuple[object, ...]:
    """A normalised value as a row of COLUMNS. One that has no tail to be looked up by has an empty digest of it."""
    tail = masks.tail(kind, value)
    return (
        customer,
        kind,
        cipher.encrypt(value),
        privacy.digest(kind, value),
        masks.mask(kind, value)[:120],
        privacy.digest(f"{kind} tail", tail) if tail else b"",
        seen_at,
    )


def _write(rows: Sequence[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO profile_contactpoint ({COLUMNS}) SELECT * FROM unnest(%s::bigint[], %s::text[],"
            " %s::bytea[], %s::bytea[], %s::text[], %s::bytea[], %s::timestamptz[])"
            " ON CONFLICT (customer_id, kind, digest) DO UPDATE"
            " SET seen_at = greatest(profile_contactpoint.seen_at, EXCLUDED.seen_at)",
            [list(column) for column in zip(*rows, strict=True)],
        )


def respell(points: Iterable[int]) -> int:
    """Keep these points' values in the writing that is kept now, where it is another. Returns how many it was.

    A value whose writing is none of its kind any more stays as it is.
    """
    found = list(ContactPoint.objects.filter(pk__in=list(points)).order_by("id"))
    count = 0
    for point, value in zip(found, _open((one.pk, one.customer_id, one.ciphertext) for one in found), strict=True):
        try:
            wanted = privacy.normalise(point.kind, value)
        except ValueError:
            continue
        if wanted == value:
            continue
        point.delete()
        keep([NewContact(point.customer_id, point.kind, wanted, point.seen_at)])
        if point.state != ContactPoint.State.OK:
            digest = privacy.digest(point.kind, wanted)
            ContactPoint.objects.filter(customer_id=point.customer_id, kind=point.kind, digest=digest).update(
                state=point.state
            )
        count += 1
    return count


def values(customer_ids: Iterable[int], kind: str) -> dict[int, str]:
    """{root id: the value seen last, in clear} of these roots' trees, for the house (a message to send).

    Those without one, erased, or whose mail bounced are left out.
    """
    points = (
        ContactPoint.objects.filter(customer__root_id__in=list(customer_ids), kind=kind, state=ContactPoint.State.OK)
        .order_by("customer__root_id", "-seen_at", "-id")
        .distinct("customer__root_id")
        .values_list("customer__root_id", "customer_id", "ciphertext")
    )
    return {root: value for root, value in zip((row[0] for row in points), _open(points), strict=True) if value}


def _open(points: Iterable[tuple[int, int, bytes | memoryview]]) -> list[str]:
    rows = list(points)
    ciphers = privacy.known_ciphers({customer for _, customer, _ in rows})
    return [_decrypted(ciphers, customer, ciphertext) for _, customer, ciphertext in rows]


def _decrypted(ciphers: Mapping[int, CustomerCipher], customer: int, ciphertext: bytes | memoryview) -> str:
    try:
        return ciphers[customer].decrypt(ciphertext)
    except (KeyError, Unreadable):
        return ""


@dataclass(frozen=True)
class Masked:
    """A contact point as everyone may see it."""

    id: int
    kind: str
    text: str
    state: str
    seen_at: datetime


def masked(customer_id: int) -> list[Masked]:
    """The contact points of a root's tree, masked, the newest of each kind first."""
    return [Masked(*one) for one in _masked(customer_id)]


@written_once
def _masked(root_id: int) -> QuerySet[ContactPoint, tuple[Any, ...]]:
    points = ContactPoint.objects.filter(customer__root_id=root_id).order_by("kind", "-seen_at", "-id")
    return points.values_list("id", "kind", "masked", "state", "seen_at")


def masked_values(customer_ids: Iterable[int], kind: str) -> dict[int, str]:
    """{root id: the masked value seen last}."""
    points = (
        ContactPoint.objects.filter(customer__root_id__in=list(customer_ids), kind=kind)
        .order_by("customer__root_id", "-seen_at", "-id")
        .distinct("customer__root_id")
    )
    return dict(points.values_list("customer__root_id", "masked"))


@transaction.atomic
def reveal(customer_id: int, *, by: User, point: int | None = None) -> dict[int, str]:
    """{contact point id: value in clear} of a customer (of all or of one point), with an audit line.

    Raises Forbidden for those who may not reveal or may not see the customer.
    """
    require(by, "contacts:reveal")
    root = Customer.objects.filter(pk=customer_id).values_list("root_id", flat=True).first()
    if root is None or not visible_to(by).filter(customer_id=root).exists():
        raise NotYours
    points = ContactPoint.objects.filter(customer__root_id=root)
    if point is not None:
        points = points.filter(pk=point)
    rows = list(points.values_list("id", "customer_id", "ciphertext"))
    audit("contacts revealed", Customer(pk=root), by=by, points=[row[0] for row in rows])
    return {row[0]: value for row, value in zip(rows, _open(rows), strict=True) if value}
