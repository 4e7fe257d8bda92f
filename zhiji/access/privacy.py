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


def customer_ciphers(customer_ids: Iterable[int]) -> dict[int, AESGCM]:
    """The ciphers of these customers, keys made for those who have none yet, in the caller's transaction."""
    wanted = set(customer_ids)
    known = dict(CustomerKey.objects.filter(customer_id__in=wanted).values_list("customer_id", "wrapped"))
    missing = sorted(wanted - known.keys())
    if missing:
        CustomerKey.objects.bulk_create(
            [
                CustomerKey(customer_id=one, wrapped=seal(AESGCM.generate_key(256), f"customer {one}"))
                for one in missing
            ],
            ignore_conflicts=True,
        )
        known = dict(CustomerKey.objects.filter(customer_id__in=wanted).values_list("customer_id", "wrapped"))
    return {one: AESGCM(unseal(wrapped, f"customer {one}")) for one, wrapped in known.items()}


def encrypt_for(cipher: AESGCM, customer_id: int, value: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, value.encode(), str(customer_id).encode())


def decrypt_for(cipher: AESGCM, customer_id: int, ciphertext: bytes) -> str:
    """Raises Unreadable."""
    ciphertext = bytes(ciphertext)
    try:
        return cipher.decrypt(ciphertext[:NONCE], ciphertext[NONCE:], str(customer_id).encode()).decode()
    except InvalidTag as error:
        raise Unreadable(f"contact value of customer {customer_id}") from error


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
