"""Looking up whole phone numbers, addresses and member numbers.

Who finds somebody by a whole number knows the number to be theirs, so a mask could be completed by trying: of a masked
mobile number ten thousand are left. Every look-up leaves an audit line (without the value), and is counted: those who
may not see contact values have few a day, those who may have many. The same value within an hour counts once, as one
search asks several times.
"""

from django.core.cache import cache
from django.utils.translation import gettext as _

from zhiji.access.limits import audit_limited
from zhiji.access.models import User
from zhiji.access.privacy import digest
from zhiji.access.roles import may
from zhiji.flow.profile.visibility import only_owner
from zhiji.kernel.values import Refusal, email, phone

VERB = "contact looked up"
MASKED, REVEALING = 20, 2_000  # look-ups a day: at 20, trying ten thousand takes 500 days
SAME = 3600


def digests(user: User, text: str) -> list[bytes]:
    """The digest of the whole e-mail address or phone number that `text` is, if it is one. Raises TooOften.

    A number that names an identity (`user:13812345678`) is counted too: identities keep it as its digest.
    """
    whole = _contact(text)
    found = whole or _contact(text.partition(":")[2])
    if found:
        _count(user, found[0], digest(*found))
    return [digest(*whole)] if whole else []


def count_member(user: User, number: str) -> None:
    """A member number that somebody enters is looked up too: that a taken one is refused tells that somebody has it,
    also to who sees only their own customers. Raises TooOften."""
    if only_owner(user) is not None:
        _count(user, "member", digest("member", number))


def count_once(user: User, field: str, value: str) -> None:
    """The same of a value of a custom field that only one customer may have. Raises TooOften."""
    if only_owner(user) is not None:
        _count(user, "member", digest(f"field {field}", value))


def _contact(text: str) -> tuple[str, str] | None:
    for kind, value in (("phone", phone.parse(text)), ("email", email.parse(text))):
        if not isinstance(value, Refusal):
            return kind, value
    return None


def _count(user: User, kind: str, found: bytes) -> None:
    key = f"lookup:{user.pk}:{found.hex()[:32]}"
    if cache.get(key):
        return
    most = REVEALING if may(user, "contacts:reveal") else MASKED
    advice = _("按完整的号码或邮箱查找，今天已满 %(most)d 次，请明天再试，或按姓名、号码后四位查找。") % {"most": most}
    audit_limited(VERB, by=user, most=most, advice=advice, kind=kind)
    cache.set(key, 1, SAME)
