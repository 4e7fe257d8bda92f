"""Masks: what those see who may not see a value. Something stays hidden of every value, however short.

A mask is for people to tell values apart by, not to guess the rest from: of a phone at least four digits are hidden
(ten thousand to try), of whatever else at least half.
"""

STARS = "****"


def mask(kind: str, value: str) -> str:
    """138****1234, z***@example.com, 杭州市西湖****, 330****1X, ****1234, 王**; other kinds by their first letters."""
    return _MASKS.get(kind, _start)(value)


def tail(kind: str, value: str) -> str:
    """The end by which a value may be looked up: what the mask shows of it too. Empty for all but phones."""
    shown = mask(kind, value).rpartition(STARS)[2] if kind == "phone" else ""
    return shown if len(shown) == 4 else ""


def _phone(value: str) -> str:
    """The last four and up to three before the stars; of short numbers less, so that four digits stay hidden."""
    local = value.removeprefix("+86")
    shown = max(0, min(7, sum(map(str.isdigit, local)) - 4))
    end = min(4, shown)
    return f"{local[: shown - end]}{STARS}{local[len(local) - end :]}"


def _email(value: str) -> str:
    name, _, domain = value.partition("@")
    return f"{name[:1] if len(name) > 2 else ''}***@{domain}"


def _identity(value: str) -> str:
    """The region and the end: the day of birth stays hidden."""
    return f"{value[:3]}{STARS}{value[-2:]}" if len(value) >= 15 else f"{value[: len(value) // 4]}{STARS}"


def _card(value: str) -> str:
    return STARS + (value[-4:] if len(value) >= 12 else "")


def _name(value: str) -> str:
    return f"{value[:1] if len(value) > 1 else ''}{'*' * min(2, max(1, len(value) - 1))}"


def _none(value: str) -> str:
    return STARS


def _start(value: str) -> str:
    return f"{value[: min(6, len(value) // 2)]}{STARS}"


_MASKS = {
    "phone": _phone,
    "email": _email,
    "identity": _identity,
    "card": _card,
    "name": _name,
    "own": _none,
}
