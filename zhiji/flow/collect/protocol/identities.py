"""Whom an event is about: ids as texts, junk refused, as fields of a binary COPY."""

from struct import Struct

from zhiji.access import privacy
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import Event, Id
from zhiji.kernel.values import Refusal as Unfit
from zhiji.kernel.values import identifier

NULL = b"\xff\xff\xff\xff"
MEMO = 50_000

users: dict[Id, bytes] = {}
strangers: dict[Id, bytes] = {}
"""The fields of ids seen lately, as the same customers come again and again."""

_LONG = Struct(">i").pack


def who(event: Event) -> tuple[bytes, bytes]:
    """The strongest identity and the second one, as fields. Raises Refusal."""
    user, anonymous = event.userId, event.anonymousId
    first = b"" if user is None else users.get(user) or _named(users, "user", user, "userId")
    second = (
        b""
        if anonymous is None
        else strangers.get(anonymous) or _named(strangers, "anonymous", anonymous, "anonymousId")
    )
    if first:
        return first, second or NULL
    if second:
        return second, NULL
    raise Refusal("userId", "no_identity")


def aliased(event: Event) -> tuple[bytes, bytes]:
    """Whom an alias names: the new user id, and the id known before (anonymous, if it says so itself)."""
    user = id_text(event.userId, "userId") if event.userId is not None else ""
    before = id_text(event.previousId, "previousId") if event.previousId is not None else ""
    if not user or not before:
        raise Refusal("previousId" if user else "userId", "no_previous")
    anonymous = id_text(event.anonymousId, "anonymousId") if event.anonymousId is not None else ""
    return _field("user", user), _field("anonymous" if before == anonymous else "user", before)


def id_text(value: Id, place: str) -> str:
    """An id as text; empty when it is blank. Raises Refusal for junk that would make one customer of many."""
    if type(value) is not str:
        value = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if not value.strip():
        return ""
    text = identifier.person(value)
    if isinstance(text, Unfit):
        raise Refusal(place, "junk_id", value.strip()) if text is identifier.NOBODY else Refusal(place, "bad_id")
    return privacy.person_id(text)


def _named(memo: dict[Id, bytes], namespace: str, value: Id, place: str) -> bytes:
    """The field of an identity, remembered; empty for a blank id."""
    text = id_text(value, place)
    if not text:
        return b""
    found = _field(namespace, text)
    if len(memo) > MEMO:
        memo.clear()
    memo[value] = found
    return found


def _field(namespace: str, text: str) -> bytes:
    coded = f"{namespace}:{text}".encode()
    return _LONG(len(coded)) + coded
