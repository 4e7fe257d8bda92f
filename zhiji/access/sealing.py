"""What is told at any door, without contact values: each is sealed apart, and a token says where it was.

At the door nobody knows yet whose fact it is. So its tokens count (`⟦phone:p0⟧`), and the values go beside it under the
master key, into the same row of the inbox. The pipeline, which knows the customer, keeps them under the customer's key,
and writes the digest of the value under that key into the token: equal values of one customer have equal tokens, those
of two customers have not, and with the key both the value and what could be told from the token are gone.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiji.access import personal
from zhiji.access.masks import mask
from zhiji.access.privacy import seal, stand_in, unseal

TOKEN = re.compile(r"⟦([a-z]+):([0-9a-z]+)⟧")
PURPOSE = "traits"
GIVEN = ("name", "city", "region", "gender")
"""Parts of a portrait that lists and searches show: there the mask stands for a contact value, not a token."""
AS_GIVEN = "_as_given"
WORDS: dict[str, str | Promise] = {
    "phone": _("手机"),
    "email": _("邮箱"),
    "address": _("地址"),
    "identity": _("证件号"),
    "card": _("银行卡号"),
    "handle": _("微信或 QQ 号"),
    "name": _("姓名"),
    "own": _("敏感内容"),
}
PRIVATE = "⟦own⟧"
"""What stands before a value that is to be sealed whole, whatever it is, on its way from the door to the sealing."""
MARKED = PRIVATE.encode()
_BARE = re.compile(r"⟦([a-z]+)(?::[0-9a-z]+)?⟧")


def token(kind: str, reference: str) -> str:
    return f"⟦{kind}:{reference}⟧"


def private(value: str) -> str:
    """A value that is sealed whole, wherever its fact is recorded."""
    return f"{PRIVATE}{value}"


def worded(text: str) -> str:
    """The text with each token as the kind of value it stands for: [手机]."""
    return _BARE.sub(lambda match: f"[{WORDS.get(match[1], match[1])}]", text) if "⟦" in text else text


class Found:
    """The contact values taken out of one fact: {reference: [kind, value]}. `start` tells those of one round apart."""

    def __init__(self, start: str = "p") -> None:
        self.start = start
        self.values: dict[str, list[str]] = {}

    def put(self, kind: str, value: str) -> str:
        """Take a value in. Answers its token."""
        reference = f"{self.start}{len(self.values)}"
        self.values[reference] = [kind, value]
        return token(kind, reference)

    def leaf(self, name: str, value: Any, kind: str = "") -> Any:
        """A text or number without contact values; under a name of `kind` it is one as a whole."""
        if type(value) is str:
            if value.startswith(PRIVATE):
                return self.put("own", value.removeprefix(PRIVATE))
            if kind:
                return self.put(kind, value) if value and not TOKEN.fullmatch(value) else value
            code = personal.about(name).code
            return personal.replaced(value, stand_in if code else self.put, code)  # a code stays told from others
        if kind and type(value) is not bool and value is not None:
            return self.put(kind, str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))
        if type(value) in (int, float) and (found := personal.of_number(value)):
            return value if personal.about(name).code else self.put(found, str(int(value)))
        return value

    def object(self, found: dict[str, Any], kind: str = "") -> dict[str, Any]:
        """An object without contact values, whatever is in it, in place; addresses of the network are dropped."""
        for name, value in list(found.items()):
            about = personal.about(name)
            if about.kind == personal.DROP or about.told:
                del found[name]
            if about.told:
                found[personal.replaced(name, self.put)] = self._inner(name, value, about.kind or kind)
            elif about.kind != personal.DROP:
                found[name] = self._inner(name, value, about.kind or kind)
        return found

    def _inner(self, name: str, value: Any, kind: str) -> Any:
        if type(value) is dict:
            return self.object(value, kind)
        if type(value) is list:
            return [self._inner(name, one, kind) for one in value]
        return self.leaf(name, value, kind)

    def given(self, traits: Any, custom: str = "") -> None:
        """Traits or changes, in place: what names a customer shows masks, and what was written is kept sealed.

        `custom` is how the names of custom fields begin among them.
        """
        if not isinstance(traits, dict):
            return
        for part in GIVEN:
            value = traits.get(part)
            if isinstance(value, str) and (clean := personal.replaced(value, mask)) != value:
                traits[part], traits[f"{custom}{part}{AS_GIVEN}"] = clean, self.put("name", value)


class _Blotting(Found):
    def put(self, kind: str, value: str) -> str:
        return f"⟦{kind}⟧"


def blotted(detail: dict[str, Any]) -> dict[str, Any]:
    """What is kept of no customer in particular (the audit), contact values in it named by their kind only."""
    text = orjson.dumps(detail, default=str)
    if not _holds(text):
        return detail
    return _Blotting().object(orjson.loads(text))


def payload(contacts: Mapping[str, Any], values: Mapping[str, list[str]]) -> bytes | None:
    """Contact points by kind and taken-out values, sealed for the way to the pipeline; None where there are none."""
    whole = {**contacts, "values": values} if values else contacts
    return seal(orjson.dumps(whole), PURPOSE) if whole else None


def opened(sealed: bytes | memoryview) -> dict[str, Any]:
    """What `payload` sealed. Raises Unreadable."""
    found: dict[str, Any] = orjson.loads(unseal(sealed, PURPOSE))
    return found


def sealed(text: bytes, before: bytes | None) -> tuple[bytes, bytes | None]:
    """A fact's properties as JSON without contact values, and these sealed with what was sealed before."""
    clean, apart = taken_out(text)
    if not apart:
        return clean, before
    known = opened(before) if before else {}
    return clean, payload(known, {**known.pop("values", {}), **apart})


def taken_out(text: bytes, found: Found | None = None) -> tuple[bytes, dict[str, list[str]]]:
    """A fact's properties as JSON without contact values, and these by reference; `found` takes them, if given."""
    if not _holds(text):
        return text, {}
    found = found or Found("r")
    properties = orjson.loads(text)
    found.given(properties.get("traits"))
    found.given(properties.get("changes"), "attributes.")
    return orjson.dumps(found.object(properties)), found.values


def _holds(text: bytes) -> bool:
    """Whether JSON text may hold something to seal."""
    return personal.suspicious(text) or MARKED in text or _names_any(text)


_NAME = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:')


def _names_any(text: bytes) -> bool:
    return any(personal.about(name.decode()).kind for name in _NAME.findall(text))
