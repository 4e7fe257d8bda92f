"""Signed links to a customer's own page: the mark in the address is all the proof needed, until it expires.

It says which customer and until when, and holds no personal data. After a merge it opens the page of whom they are now;
erasing somebody ends their links.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from zhiji.flow.profile.models import Portrait
from zhiji.flow.resolve.models import Customer
from zhiji.kernel import clock

VALID = timedelta(days=30)


class Expired(Exception):
    """The link was ours and isn't valid any more."""


def _signer() -> Signer:
    return Signer(salt="zhiji.portal.links", sep="~")


def make(customer_id: int, now: datetime) -> str:
    """The address of a customer's own page, valid for `VALID`."""
    mark = _signer().sign(f"{customer_id}.{int((now + VALID).timestamp())}")
    return f"{settings.PUBLIC_URL.rstrip('/')}/my/{mark}"


def read(mark: str, now: datetime) -> int | None:
    """The root of the customer a mark is of; None for one that isn't ours or whose customer is gone.

    Raises Expired.
    """
    try:
        said, _dot, until = _signer().unsign(mark).partition(".")
    except BadSignature:
        return None
    if now.timestamp() > int(until):
        raise Expired
    root = Customer.objects.filter(pk=int(said)).values_list("root_id", flat=True).first()
    return root if root is not None and Portrait.objects.filter(pk=root).exists() else None


def valid_until() -> datetime:
    """Until when a link that is made now opens the page."""
    return clock.now() + VALID
