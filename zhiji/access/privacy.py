"""Secrets: values encrypted under the master key or a customer's own key, and keyed digests to find them by.

AES-256-GCM with a random 96-bit nonce before the ciphertext; the customer's id is bound in as associated data.
Deleting a customer's key makes everything sealed under it unreadable, back-ups included.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from zhiji.access.models import CustomerKey
from zhiji.kernel.values import email, identifier, phone, sure
from zhiji.kernel.values.written import trimmed

NONCE = 12


class Unreadable(Exception):
    """The value can't be decrypted: its key was erased, or another master key is in use."""


@cache
def _master() -> AESGCM:
    return AESGCM(settings.MASTER_KEY)


@cache
def _digest_key() -> bytes:
    return hmac.digest(settings.MASTER_KEY, b"zhiji contact digests", "sha256")


def seal(value: bytes, purpose: str) -> bytes:
    """Encrypt under the master key; `purpose` is bound in and needed to open."""
    nonce = os.urandom(NONCE)
    return nonce + _master().encrypt(nonce, value, purpose.encode())


def unseal(sealed: bytes | memoryview, purpose: str) -> bytes:
    """Decrypt what `seal` made. Raises Unreadable."""
    sealed = bytes(sealed)
    try:
        return _master().decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
    except InvalidTag as error:
        raise Unreadable("sealed under another master key or for another purpose") from error


class CustomerCipher:
    """One customer's key at work. Without it neither a value can be read nor a digest be told from a guess."""

    def __init__(self, customer_id: int, key: bytes) -> None:
        self._bound = str(customer_id).encode()
        self._key = key
        self._cipher = AESGCM(key)

    def encrypt(self, value: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), self._bound)

    def decrypt(self, ciphertext: bytes | memoryview) -> str:
        """Raises Unreadable."""
        ciphertext = bytes(ciphertext)
        try:
            return self._cipher.decrypt(ciphertext[:NONCE], ciphertext[NONCE:], self._bound).decode()
        except InvalidTag as error:
            raise Unreadable(f"contact value of customer {self._bound.decode()}") from error

    def digest(self, kind: str, value: str) -> bytes:
        """12 bytes that are the same for equal values of this customer, and of no other."""
        return hmac.digest(self._key, f"{kind}\0{value}".encode(), "sha256")[:12]


def new_key() -> bytes:
    return AESGCM.generate_key(256)


def wrapped(customer_id: int, key: bytes) -> bytes:
    """A customer's key as it is kept."""
    return seal(key, f"customer {customer_id}")


def customer_ciphers(customer_ids: Iterable[int]) -> dict[int, CustomerCipher]:
    """The ciphers of these customers, keys made for those who have none yet, in the caller's transaction."""
    wanted = set(customer_ids)
    found = known_ciphers(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        keys = [CustomerKey(customer_id=one, wrapped=wrapped(one, new_key())) for one in missing]
        CustomerKey.objects.bulk_create(keys, ignore_conflicts=True)
        found |= known_ciphers(missing)
    return found


def known_ciphers(customer_ids: Iterable[int]) -> dict[int, CustomerCipher]:
    """The ciphers of those who have a key; of the erased there is none."""
    rows = CustomerKey.objects.filter(customer_id__in=list(customer_ids)).values_list("customer_id", "wrapped")
    return {one: CustomerCipher(one, unseal(kept, f"customer {one}")) for one, kept in rows}


def digest(kind: str, value: str) -> bytes:
    """The keyed digest (HMAC-SHA256, 32 bytes) of a normalised value, for exact look-up."""
    return hmac.new(_digest_key(), f"{kind}\0{value}".encode(), hashlib.sha256).digest()


def normalise(kind: str, value: str) -> str:
    """The one writing of a contact value. Raises ValueError with the reason when it is none of its kind."""
    if kind == "email":
        return sure(email.parse(value))
    if kind == "phone":
        return sure(phone.parse(value))
    return " ".join(trimmed(value).split())


def stand_in(kind: str, value: str) -> str:
    """What is kept where a contact value must not be: its keyed digest, which still tells equal from different."""
    try:
        value = normalise(kind, value)
    except ValueError:
        value = value.strip()
    return f"{kind}:{digest(kind, value).hex()[:32]}"


def person_id(value: str) -> str:
    """An identifier as it is kept: one that is itself a phone number or an e-mail address becomes its stand-in."""
    found = identifier.contact(value)
    return stand_in(*found) if found else value
