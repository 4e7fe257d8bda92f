"""The short way for plain properties: one flat object of texts and numbers under names that need nothing done.

What the names of an object ask for is worked out once per event name and set of names; what remains for each
event is to look at its values. Anything unusual is left to the long way, which gives the same result.
"""

from typing import Any

import msgspec

from zhiji.flow.collect.protocol.basket import FIGURES, LARGEST
from zhiji.flow.collect.protocol.contacts import clean_url, kind_of
from zhiji.flow.collect.protocol.names import Plan

RESERVED = frozenset({"_rules", "_entry"})
"""Properties by which the platform's own facts say which rules led to them: from outside they are dropped."""

BACKSLASH, EQUALS = b"\\="
FREE, TEXT, FIGURE = range(3)
Wants = tuple[int, ...] | None
MEMO = 2_000
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def shortened(raw: msgspec.Raw, plan: Plan) -> bytes | None:
    """The properties as JSON text, ready for the inbox; None when only the long way can tell."""
    text = bytes(raw)
    if BACKSLASH in text:
        return None
    try:
        found = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    names = tuple(found)
    colons = text.count(b":") != len(names)  # some within values, or a key given twice
    if colons and text.translate(None, b" \n\r\t").count(b'":') != len(names):
        return None
    try:
        wants = plan.memo[names]
    except KeyError:
        wants = _remembered(names, plan)
    if wants is None or not _fit(found, wants):
        return None
    if EQUALS in text or colons:
        for name, value in found.items():
            if type(value) is str and ("=" in value or "://" in value):
                found[name] = clean_url(value)
    return _encode(found)


def _fit(found: dict[str, Any], wants: tuple[int, ...]) -> bool:
    """Whether the values can go through as they are."""
    for value, want in zip(found.values(), wants):  # noqa: B905 - as long as each other by how they came about
        kind = type(value)
        if kind is str:
            if want and (want == FIGURE or not value):
                return False
        elif kind is float or kind is int:
            if want == TEXT or not -LARGEST < value < LARGEST:
                return False
        else:
            return False
    return True


def _remembered(names: tuple[str, ...], plan: Plan) -> Wants:
    wants = _asked(names, plan)
    if len(plan.memo) > MEMO:
        plan.memo.clear()
    if len(names) <= 50:
        plan.memo[names] = wants
    return wants


def _asked(names: tuple[str, ...], plan: Plan) -> Wants:
    """What the values under these names must be to go through as they are; None when the names need work."""
    present = set(names)
    if plan.required or "context" in present or present & RESERVED or any(map(kind_of, names)):
        return None
    if any(ours not in present and present.intersection(theirs) for ours, theirs in plan.renames):
        return None
    checks = dict(plan.checks)
    if any(checks.get(name, "text") not in ("text", *FIGURES) for name in names):
        return None
    return tuple(FREE if name not in checks else TEXT if checks[name] == "text" else FIGURE for name in names)
