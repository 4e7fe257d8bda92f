"""The short way for plain properties: one flat object of texts and numbers under names that need nothing done.

What the names of an object ask for is worked out once per event name and set of names; what remains for each
event is to look at its values. A set of names that keeps coming gets a decoder of its own, which looks at them
while it reads. Anything unusual is left to the long way, which gives the same result.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from zhiji.access.personal import LEAST_NUMBER, MAYBE, about, holds_any, of_number, suspicious
from zhiji.flow.collect.protocol.basket import FIGURES
from zhiji.flow.collect.protocol.names import Plan
from zhiji.kernel.values.number import LARGEST

RESERVED = frozenset({"_rules", "_entry"})
"""Properties by which the platform's own facts say which rules led to them: from outside they are dropped."""

BACKSLASH = ord("\\")
FREE, TEXT, FIGURE = range(3)
MEMO = 2_000
OFTEN, DECODERS = 20, 500
_Figure = Annotated[int, Meta(gt=-LARGEST, lt=LARGEST)] | Annotated[float, Meta(gt=-LARGEST, lt=LARGEST)]
_TYPES: dict[int, Any] = {FREE: str | _Figure, TEXT: Annotated[str, Meta(min_length=1)], FIGURE: _Figure}
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_made = 0


@dataclass(slots=True)
class Shape:
    """A set of names in one order. `wants`: what each value must be; None when the names need work. `codes`: which are
    of figures and things' numbers.

    `decode` reads exactly these names with such values and raises for anything else, `decode_all` a list of them.
    """

    count: int
    wants: tuple[int, ...] | None
    codes: tuple[bool, ...] = ()
    seen: int = 0
    decode: Callable[[bytes], Any] | None = None
    decode_all: Callable[[bytes], list[Any]] | None = None


def shortened(raw: msgspec.Raw, plan: Plan) -> bytes | None:
    """The properties as JSON text, ready for the inbox; None when only the long way can tell."""
    text = bytes(raw)
    if BACKSLASH in text:
        return None
    latest: Shape | None = plan.memo.latest
    if latest is not None and _has_names(text, latest.count):
        try:
            found = latest.decode(text)  # type: ignore[misc]
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _looked_at(text, plan)
        return None if _may_tell(text) and _tell(astuple(found), latest.codes) else _encode(found)
    return _looked_at(text, plan)


def shortened_all(raws: Sequence[msgspec.Raw], plan: Plan) -> list[bytes] | None:
    """The same for many events of one name at once; None when they must be looked at one by one."""
    latest: Shape | None = plan.memo.latest
    if latest is None or len(raws) < 2:
        return None
    text = b"[%b]" % b",".join(raws)
    if BACKSLASH in text or not _has_names(text, latest.count * len(raws)):
        return None
    try:
        found = latest.decode_all(text)  # type: ignore[misc]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if _may_tell(text) and any(_tell(astuple(one), latest.codes) for one in found):
        return None
    lines: bytes = _encode_lines(found)
    return None if BACKSLASH in lines else lines.split(b"\n")[:-1]


def _looked_at(text: bytes, plan: Plan) -> bytes | None:
    try:
        found = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    names = tuple(found)
    if not _has_names(text, len(names)):
        return None
    shape: Shape = plan.memo.shapes.get(names) or _remembered(names, plan)
    if shape.wants is None or not _fit(found, shape.wants):
        return None
    if _may_tell(text) and _tell(found.values(), shape.codes):
        return None
    if names:
        _expect(shape, names, plan)
    return _encode(found)


def _has_names(text: bytes, count: int) -> bool:
    """Whether flat JSON without a backslash names `count` properties; one given twice counts twice."""
    return text.count(b":") == count or text.translate(None, b" \n\r\t").count(b'":') == count


def _may_tell(text: bytes) -> bool:
    """Whether there may be a contact value in it, to be looked for closely."""
    return b"=" in text or suspicious(text)


def _tell(values: Iterable[Any], codes: tuple[bool, ...]) -> bool:
    """Whether there is a contact value among these, which the long way then takes out."""
    for value, code in zip(values, codes):  # noqa: B905 - as long as each other by how they came about
        if type(value) is str:
            if MAYBE(value) and holds_any(value, code):
                return True
        elif value >= LEAST_NUMBER and not code and of_number(value):
            return True
    return False


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


def _remembered(names: tuple[str, ...], plan: Plan) -> Shape:
    shape = Shape(len(names), _asked(names, plan), tuple(about(name).code for name in names))
    if len(plan.memo.shapes) > MEMO:
        plan.memo.shapes.clear()
    if len(names) <= 50:
        plan.memo.shapes[names] = shape
    return shape


def _asked(names: tuple[str, ...], plan: Plan) -> tuple[int, ...] | None:
    """What the values under these names must be to go through as they are; None when the names need work."""
    present = set(names)
    if (
        plan.required
        or "context" in present
        or present & RESERVED
        or any(one.kind or one.told for one in map(about, names))
    ):
        return None
    if any(ours not in present and present.intersection(theirs) for ours, theirs in plan.renames):
        return None
    checks = dict(plan.checks)
    if any(checks.get(name, "text") not in ("text", *FIGURES) for name in names):
        return None
    return tuple(FREE if name not in checks else TEXT if checks[name] == "text" else FIGURE for name in names)


def _expect(shape: Shape, names: tuple[str, ...], plan: Plan) -> None:
    """Expect the next event of this name in the shape of this one, once it has come often."""
    global _made
    shape.seen += 1
    if shape.seen < OFTEN or shape.wants is None:
        return
    if shape.decode is None:
        if _made >= DECODERS or not all(name.isidentifier() for name in names):
            return
        _made += 1
        fields = [(f"f{n}", _TYPES[want]) for n, want in enumerate(shape.wants)]
        renamed = {f"f{n}": name for n, name in enumerate(names)}
        made = msgspec.defstruct("Properties", fields, rename=renamed, forbid_unknown_fields=True, gc=False)
        shape.decode = msgspec.json.Decoder(made).decode
        shape.decode_all = msgspec.json.Decoder(list[made]).decode  # type: ignore[valid-type]
    plan.memo.latest = shape
