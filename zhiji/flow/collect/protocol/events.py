"""What each call of the protocol says: the fact's name, its properties as JSON text, contact values apart."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from zhiji.access import sealing
from zhiji.flow.collect.protocol import basket, traits
from zhiji.flow.collect.protocol.contacts import cleaned
from zhiji.flow.collect.protocol.identities import id_text
from zhiji.flow.collect.protocol.names import Names, Plan, fixed
from zhiji.flow.collect.protocol.plain import BACKSLASH, RESERVED, shortened, shortened_all
from zhiji.flow.collect.protocol.reasons import Refusal
from zhiji.flow.collect.protocol.shape import Event, read_object
from zhiji.kernel.facts import holds_nul

Apart = dict[str, Any]
"""Contact points by kind and, under `values`, what was taken out of the properties (see access.sealing)."""
Content = tuple[Plan, bytes, Apart | None]
Maker = Callable[[Names, Event], Content]
_encode = msgspec.json.Encoder().encode


def contents(events: Sequence[Event], kind: str | None, names: Names) -> list[Content]:
    """What each event says. `kind` is what the address said, None in a batch. Raises Refusal for the first bad one."""
    if len(events) < 2:
        return [_content(event, kind, names) for event in events]
    found: dict[int, Content] = {}
    for plan, positions in _alike(events, names):
        texts = shortened_all([events[position].properties for position in positions], plan)
        if texts:
            found.update(zip(positions, [(plan, text, None) for text in texts], strict=True))
    return [found.get(position) or _content(event, kind, names) for position, event in enumerate(events)]


def _alike(events: Sequence[Event], names: Names) -> Iterator[tuple[Plan, list[int]]]:
    """The positions of events with the same name, of which nothing but their properties is asked."""
    tracked: dict[str, list[int]] = {}
    viewed: dict[str, list[int]] = {}
    for position, event in enumerate(events):
        if event.type == "track" and event.event:
            tracked.setdefault(event.event, []).append(position)
        elif event.type in VIEWED and not event.name and not event.category:
            viewed.setdefault(event.type, []).append(position)
    for name, positions in tracked.items():
        yield names.plan_of(name), positions
    for kind, positions in viewed.items():
        yield VIEWED[kind], positions


def _content(event: Event, kind: str | None, names: Names) -> Content:
    make = _MAKERS.get(kind or event.type or "")
    if make is None:
        raise Refusal("type", "no_type")
    found = make(names, event)
    if BACKSLASH in found[1] and holds_nul(found[1]):
        raise Refusal("properties", "bad_text")
    return found


def _properties(raw: msgspec.Raw, place: str, apart: sealing.Found) -> dict[str, Any]:
    """An object of an event without contact values, which go `apart`. Raises Refusal, also for a key given twice."""
    found = read_object(raw, place)
    text = bytes(raw)
    keys = cleaned(found, text, place, apart)
    if text.translate(None, b" \n\r\t").count(b'":') != keys:
        _refuse_twice(text, place)
    for name in RESERVED:
        found.pop(name, None)
    if "context" in found:
        found["context_"] = found.pop("context")
    return found


def _refuse_twice(text: bytes, place: str) -> None:
    """Look closely for a key given twice, whatever the spacing and escapes."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) != len(pairs):
            raise Refusal(place, "twice")

    try:
        json.loads(text, object_pairs_hook=once)
    except RecursionError:
        raise Refusal(place, "too_deep") from None


def _track(names: Names, event: Event) -> Content:
    if not event.event:
        raise Refusal("event", "no_event")
    plan = names.plan_of(event.event)
    short = shortened(event.properties, plan)
    if short is not None:
        return plan, short, None
    apart = sealing.Found()
    properties = _properties(event.properties, "properties", apart)
    if not plan.plain:
        basket.shaped(properties, plan, names.words)
    return names.really(plan, properties), _encode(properties), _values(apart)


def _values(apart: sealing.Found) -> Apart | None:
    return {"values": apart.values} if apart.values else None


def _viewed(plan: Plan) -> Maker:
    def make(names: Names, event: Event) -> Content:
        if not event.name and not event.category:
            short = shortened(event.properties, plan)
            if short is not None:
                return plan, short, None
        apart = sealing.Found()
        properties = _properties(event.properties, "properties", apart)
        if event.name:
            properties.setdefault("name", apart.leaf("title", event.name))
        if event.category:
            properties.setdefault("category", apart.leaf("title", event.category))
        return plan, _encode(properties), _values(apart)

    return make


def _identify(names: Names, event: Event) -> Content:
    found, contacts, rejected = traits.parted(read_object(event.traits, "traits"), names.words, names.fields)
    apart = sealing.Found()
    apart.given(found)
    again = _properties(msgspec.Raw(_encode(found)), "traits", apart)
    _refuse_twice(bytes(event.traits), "traits")
    out: dict[str, Any] = {"traits": again}
    if rejected:
        out["rejected"] = rejected
    return IDENTIFIED, _encode(out), {**contacts, **(_values(apart) or {})} or None


def _group(names: Names, event: Event) -> Content:
    group = id_text(event.groupId, "groupId") if event.groupId is not None else ""
    if not group:
        raise Refusal("groupId", "no_group")
    apart = sealing.Found()
    said = {"group_id": group, "traits": _properties(event.traits, "traits", apart)}
    return JOINED, _encode(said), _values(apart)


def _alias(names: Names, event: Event) -> Content:
    return ALIASED, b"{}", None


VIEWED = {"page": fixed("page_viewed"), "screen": fixed("screen_viewed")}
IDENTIFIED, JOINED, ALIASED = (
    fixed("customer_identified"),
    fixed("organisation_joined"),
    fixed("identity_aliased"),
)
_MAKERS: dict[str, Maker] = {
    "track": _track,
    **{kind: _viewed(plan) for kind, plan in VIEWED.items()},
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}
