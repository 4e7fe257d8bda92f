"""Contact values in facts and attributes: kept under the customer's key when the customer is known, read by tokens.

See access.sealing for what comes from the doors. `keep` is a stage of the pipeline, before facts are logged: what the
log, portraits and desks then see has the customer's own tokens, and what the lake copies has nothing else.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.db import connection
from django.utils.translation import gettext as _

from zhiji.access import privacy, sealing
from zhiji.access.masks import mask
from zhiji.access.personal import CONTACTS
from zhiji.access.privacy import CustomerCipher, Unreadable
from zhiji.access.sealing import TOKEN, token
from zhiji.flow.profile import contacts
from zhiji.flow.profile.models import SealedValue
from zhiji.flow.resolve.models import Customer
from zhiji.kernel.pipeline import Batch

log = structlog.get_logger()
Row = tuple[int, bytes, str, bytes]
"""Of SealedValue: customer, digest, kind, ciphertext."""


def keep(batch: Batch) -> None:
    """Open what came sealed with the batch's facts: contact points, and the values whose tokens stand in properties."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, customer_id, occurred_at, sealed, CASE WHEN position('⟦' IN properties::text) > 0"
            " THEN properties::text END FROM batch WHERE sealed IS NOT NULL ORDER BY id"
        )
        rows = cursor.fetchall()
    if not rows:
        return
    found: list[contacts.NewContact] = []
    values: list[tuple[int, int, str, Mapping[str, Any]]] = []
    for pk, customer, at, sealed, properties in rows:
        given = _opened(sealed, customer)
        apart = given.pop("values", None)
        if apart and properties:
            values.append((pk, customer, properties, apart))
        found += _points(customer, at, given)
    contacts.keep(found)
    _keep_values(values)


def _opened(sealed: bytes, customer: int) -> dict[str, Any]:
    try:
        return sealing.opened(sealed)
    except (Unreadable, orjson.JSONDecodeError):
        log.error("contact values can't be opened; was the master key changed?", customer=customer)
        return {}


def _points(customer: int, at: datetime, given: Mapping[str, Any]) -> Iterable[contacts.NewContact]:
    """Of several values of a kind the first was seen last, by a microsecond each: it is the one that is used."""
    for kind in CONTACTS:
        several = given.get(kind) or []
        for place, value in enumerate(several if isinstance(several, list) else [several]):
            yield contacts.NewContact(customer, kind, str(value), at - timedelta(microseconds=place))


def _keep_values(found: list[tuple[int, int, str, Mapping[str, Any]]]) -> None:
    ciphers = privacy.customer_ciphers(customer for _, customer, _, _ in found)
    kept: dict[tuple[int, bytes], Row] = {}
    texts = []
    for pk, customer, text, apart in found:
        tokens = {}
        for reference, (kind, value) in apart.items():
            row = _row(ciphers[customer], customer, kind, value)
            kept[row[:2]] = row
            tokens[token(kind, reference)] = token(kind, row[1].hex())
        texts.append((pk, _exchanged(text, tokens)))
    _write(kept.values())
    if texts:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE batch SET properties = told.properties::jsonb"
                " FROM unnest(%s::bigint[], %s::text[]) AS told (id, properties) WHERE batch.id = told.id",
                [list(column) for column in zip(*texts, strict=True)],
            )


def _exchanged(text: str, tokens: Mapping[str, str]) -> str:
    return TOKEN.sub(lambda match: tokens.get(match[0], match[0]), text)


def _row(cipher: CustomerCipher, customer: int, kind: str, value: str) -> Row:
    try:
        plain = privacy.normalise(kind, value)
    except ValueError:
        plain = value
    return customer, cipher.digest(kind, plain), kind, cipher.encrypt(value)


def _write(rows: Iterable[Row]) -> None:
    ordered = sorted(rows)
    if ordered:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO profile_sealedvalue (customer_id, digest, kind, ciphertext) SELECT * FROM"
                " unnest(%s::bigint[], %s::bytea[], %s::text[], %s::bytea[]) ON CONFLICT DO NOTHING",
                [list(column) for column in zip(*ordered, strict=True)],
            )


def told_of(customer_ids: Iterable[int], properties: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """What is told of each of these customers at once, its contact values under the key of each.

    For actions that change a portrait before their fact is logged.
    """
    ids = list(customer_ids)
    text = orjson.dumps(properties, default=str)
    clean, apart = sealing.taken_out(text)
    if not apart:
        return dict.fromkeys(ids, dict(properties) if clean == text else orjson.loads(clean))
    ciphers = privacy.customer_ciphers(ids)
    kept: list[Row] = []
    found = {}
    for one in ids:
        rows = {token(kind, ref): _row(ciphers[one], one, kind, value) for ref, (kind, value) in apart.items()}
        kept += rows.values()
        tokens = {door: token(kind, digest.hex()) for door, (_, digest, kind, _) in rows.items()}
        told = _exchanged(clean.decode(), tokens)
        found[one] = orjson.loads(told)
    _write({row[:2]: row for row in kept}.values())
    return found


@dataclass(frozen=True)
class Opened:
    """What tokens stand for: {token: (kind, value)}. What was erased isn't there."""

    values: Mapping[str, tuple[str, str]]

    def masked(self, thing: Any) -> Any:
        """A text, or JSON with texts in it, with masks in the place of tokens."""
        return _put(thing, lambda found: mask(*found) if found else _("[已抹除]"), self.values)

    def clear(self, thing: Any) -> Any:
        """The same with the values; for those who may see them, and after an audit line."""
        return _put(thing, lambda found: found[1] if found else _("[已抹除]"), self.values)

    def comparable(self, thing: Any) -> Any:
        """The same with tokens that are equal for equal values, whatever key they are under (see `comparable`)."""
        return _put(thing, lambda found: _same_token(*found) if found else _("[已抹除]"), self.values)


class _Comparing(sealing.Found):
    def put(self, kind: str, value: str) -> str:
        return _same_token(kind, value)


def comparable(traits: dict[str, Any]) -> dict[str, Any]:
    """Traits that somebody tells, written as what is kept of them is, to be held against `Opened.comparable`."""
    clean, _values = sealing.taken_out(orjson.dumps({"traits": traits}), _Comparing())
    found: dict[str, Any] = orjson.loads(clean)["traits"]
    return found


def _same_token(kind: str, value: str) -> str:
    with suppress(ValueError):
        value = privacy.normalise(kind, value)
    return token(kind, privacy.digest(f"compared {kind}", value).hex()[:24])


def opened(customer_ids: Iterable[int], things: Any) -> Opened:
    """The tokens in `things` (JSON) as these customers' keys open them; asks the database only where there are any."""
    ids = list(customer_ids)
    digests = {bytes.fromhex(ref) for ref in _references(orjson.dumps(things, default=str).decode())}
    if not digests:
        return Opened({})
    rows = SealedValue.objects.filter(customer_id__in=ids, digest__in=digests)
    known = list(rows.values_list("customer_id", "digest", "kind", "ciphertext"))
    ciphers = privacy.known_ciphers({customer for customer, *_ in known})
    values = {}
    for customer, digest, kind, ciphertext in known:
        if customer in ciphers:
            values[token(kind, bytes(digest).hex())] = (kind, ciphers[customer].decrypt(ciphertext))
    return Opened(values)


def of_roots(root_ids: Iterable[int], things: Any) -> Opened:
    """The tokens in what is kept of these roots, which may be of customers merged into them."""
    if not _references(orjson.dumps(things, default=str).decode()):
        return Opened({})
    members = Customer.objects.filter(root_id__in=list(root_ids)).values_list("id", flat=True)
    return opened(members, things)


def parted(properties: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Properties without the texts that hold something sealed, and these as (where it stood, text with tokens)."""
    if not _references(orjson.dumps(properties, default=str).decode()):
        return dict(properties), []
    texts: list[tuple[str, str]] = []
    rest: dict[str, Any] = _without(properties, (), texts)
    return rest, texts


WRAPPERS = ("traits", "changes")


def _without(thing: Any, path: tuple[str, ...], texts: list[tuple[str, str]]) -> Any:
    if isinstance(thing, str) and _references(thing):
        where = ".".join(path[1:] if path[:1] in [(one,) for one in WRAPPERS] else path)
        texts.append((where.removeprefix("attributes."), thing))
        return None
    if isinstance(thing, Mapping):
        return {name: kept for name, one in thing.items() if (kept := _without(one, (*path, name), texts)) is not None}
    if isinstance(thing, list):
        return [kept for one in thing if (kept := _without(one, path, texts)) is not None]
    return thing


_DIGEST = re.compile(r"⟦[a-z]+:([0-9a-f]{24})⟧")


def _references(text: str) -> list[str]:
    return _DIGEST.findall(text) if "⟦" in text else []


def _put(thing: Any, shown: Any, values: Mapping[str, tuple[str, str]]) -> Any:
    if isinstance(thing, str):
        return TOKEN.sub(lambda match: shown(values.get(match[0])), thing) if "⟦" in thing else thing
    if isinstance(thing, list | tuple):
        return [_put(one, shown, values) for one in thing]
    if isinstance(thing, dict):
        return {_put(name, shown, values): _put(one, shown, values) for name, one in thing.items()}
    return thing
