"""Contact values taken out of an event's objects, which are checked on the way for what can't be kept."""

import math
from typing import Any

from zhiji.access.personal import about, suspicious
from zhiji.access.sealing import MARKED, Found
from zhiji.flow.collect.protocol.reasons import Refusal

DEPTH_LIMIT = 32


def cleaned(found: dict[str, Any], text: bytes, place: str, sealing: Found) -> int:
    """Take contact values out of a decoded object, in place, into `sealing`. Answers how many keys it had in all.

    `text` is the JSON it was read from. Raises Refusal for what can't be kept: too deep, whole numbers beyond 64 bits.
    """
    keys, personal = _looked_at(found, place, 0)
    if personal or suspicious(text) or b"=" in text or MARKED in text:
        sealing.object(found)
    return keys


def _looked_at(found: dict[str, Any], place: str, depth: int) -> tuple[int, bool]:
    """How many keys there are at any depth, and whether one is a name of contact values."""
    if depth > DEPTH_LIMIT:
        raise Refusal(place, "too_deep")
    keys, personal = len(found), False
    for name, value in found.items():
        sort = type(value)
        own = bool(about(name).kind)
        if sort is dict or sort is list:
            inner = _looked_at if sort is dict else _list_looked_at
            more, theirs = inner(value, f"{place}.{name}", depth + 1)
            keys += more
            personal = personal or theirs
        elif sort is int and not own and not -(2**63) <= value < 2**63:
            raise Refusal(f"{place}.{name}", "huge_number")
        personal = personal or own
    return keys, personal


def _list_looked_at(found: list[Any], place: str, depth: int) -> tuple[int, bool]:
    if depth > DEPTH_LIMIT:
        raise Refusal(place, "too_deep")
    keys, personal = 0, False
    for position, value in enumerate(found):
        sort = type(value)
        if sort is dict or sort is list:
            inner = _looked_at if sort is dict else _list_looked_at
            more, theirs = inner(value, f"{place}[{position}]", depth + 1)
            keys += more
            personal = personal or theirs
        elif sort is int and not -(2**63) <= value < 2**63:
            raise Refusal(f"{place}[{position}]", "huge_number")
    return keys, personal


def finite(value: Any) -> bool:
    """Whether a decoded value is a number that arithmetic can use."""
    return type(value) in (int, float) and math.isfinite(value)
