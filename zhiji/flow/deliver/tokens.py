"""Signed marks in links and return addresses: which message, and for what. They hold no personal data."""

import re

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

OPEN, CLICK, PREFERENCES = "o", "c", "u"
_MARK = re.compile(r"[\x21-\x28\x2a-\x7e]*")  # up to what isn't ASCII, or a closing bracket
RETURN = re.compile(r"bounce\+(\d+)-([0-9a-f]{20})@", re.IGNORECASE)


def _signer() -> Signer:
    return Signer(salt="zhiji.deliver.links", sep="~")


def make(kind: str, message_id: int, index: int = 0) -> str:
    """A mark for a link of `kind`; of a click, `index` is the link's place in `Message.links`."""
    return _signer().sign(f"{kind}{message_id}.{index}")


def read(kind: str, token: str) -> tuple[int, int] | None:
    """(message id, index), or None for a mark we didn't make or made for something else.

    A mail programme that makes links of plain text may take the sentence's marks or Chinese words after it along.
    """
    try:
        value = _signer().unsign(_MARK.match(token)[0].rstrip(".,:;!?'"))  # type: ignore[index]  # matches nothing too
    except BadSignature:
        return None
    if not value.startswith(kind):
        return None
    message_id, _, index = value[1:].partition(".")
    return int(message_id), int(index)


def link(path: str, token: str) -> str:
    """The address of one of our public pages: `path` is o, c, u or p (see web/urls.py)."""
    return f"{settings.PUBLIC_URL}/m/{path}/{token}"


def return_address(message_id: int, domain: str) -> str:
    """The envelope sender of one message (VERP): a bounce to it says which message it was. In lower case only."""
    return f"bounce+{message_id}-{_seal(message_id)}@{domain}"


def message_of(address: str) -> int | None:
    """The message whose return address this is, or None if we never made it."""
    found = RETURN.search(address)
    if found is None or not constant_time_compare(found[2].lower(), _seal(int(found[1]))):
        return None
    return int(found[1])


def _seal(message_id: int) -> str:
    return salted_hmac("zhiji.deliver.return", str(message_id), algorithm="sha256").hexdigest()[:20]
