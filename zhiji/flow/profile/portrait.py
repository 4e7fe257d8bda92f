"""A portrait is a fold of facts: for every part the word told last wins, whatever order the facts arrive in.

`tell` takes one fact in. The pipeline applies it to the portrait as it stands, a desk's action before its fact is
even logged, and a merge or unmerge to an empty portrait for every fact of the customers concerned: one function, so
all three agree.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zhiji.flow.profile.models import Portrait


def _text(longest: int) -> Callable[[Any], str]:
    return lambda value: str(value).strip()[:longest] if value is not None else ""


def _date(value: Any) -> date | None:
    with suppress(ValueError, TypeError):
        return date.fromisoformat(str(value)[:10]) if value else None
    return None


def _calendar(value: Any) -> str:
    return str(value) if value in Portrait.Calendar.values else Portrait.Calendar.SOLAR.value


PARTS: dict[str, Callable[[Any], Any]] = {
    "name": _text(120),
    "gender": _text(10),
    "birthday": _date,
    "birthday_calendar": _calendar,
    "region": _text(40),
    "city": _text(40),
}
TELLING = (
    "customer_identified",
    "customer_registered",
    "attributes_changed",
    "owner_assigned",
    "priority_set",
    "tag_added",
    "tag_removed",
    "consent_changed",
)


@dataclass(frozen=True)
class Put:
    """A tag on the customer: who put it, when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Word:
    """A consent given or withdrawn."""

    granted: bool
    at: datetime
    proof: str


@dataclass
class State:
    """What is known of one root; `stamps` says when each part was told (microseconds of the epoch)."""

    parts: dict[str, Any] = field(default_factory=lambda: {name: read(None) for name, read in PARTS.items()})
    attributes: dict[str, Any] = field(default_factory=dict)
    owner_id: int | None = None
    priority: int = 0
    registered_at: datetime | None = None
    tags: dict[str, Put] = field(default_factory=dict)
    consents: dict[tuple[str, str], Word] = field(default_factory=dict)
    stamps: dict[str, int] = field(default_factory=dict)
    changed: bool = False

    def newest(self, part: str, at: datetime) -> bool:
        """Whether nothing newer is known of `part`; notes that it was told now."""
        stamp = round(at.timestamp() * 1_000_000)
        if stamp < self.stamps.get(part, stamp):
            return False
        if self.stamps.get(part) != stamp:
            self.stamps[part] = stamp
            self.changed = True
        return True


def tell(state: State, name: str, at: datetime, properties: Mapping[str, Any]) -> None:
    """Take one fact into the portrait; facts that say nothing of it leave it alone."""
    teller = _TELLERS.get(name)
    if teller is not None:
        teller(state, at, properties)


def _identified(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    traits = properties.get("traits")
    if not isinstance(traits, dict):
        return
    for name, value in traits.items():
        if name == "consent" and isinstance(value, dict):
            for channel, granted in value.items():
                _consent(state, at, {"channel": channel, "granted": bool(granted), "proof": "traits"})
        elif name == "registered_at":
            _registered_at(state, _moment(value))
        else:
            _give(state, at, name if name in PARTS else f"attributes.{name}", value)


def _changed(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    for name, value in (properties.get("changes") or {}).items():
        _give(state, at, name, value)


def _give(state: State, at: datetime, part: str, value: Any) -> None:
    if not state.newest(part, at):
        return
    if part in PARTS:
        state.parts[part] = PARTS[part](value)
    elif part.startswith("attributes."):
        custom = part.removeprefix("attributes.")
        if value is None:
            state.attributes.pop(custom, None)
        else:
            state.attributes[custom] = value


def _registered(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    _registered_at(state, at)


def _registered_at(state: State, at: datetime | None) -> None:
    if at is not None and (state.registered_at is None or at < state.registered_at):
        state.registered_at = at
        state.changed = True


def _moment(value: Any) -> datetime | None:
    with suppress(ValueError, TypeError):
        moment = datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else None
    return None


def _owner(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    if state.newest("owner", at):
        state.owner_id = properties.get("owner")


def _priority(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    if state.newest("priority", at):
        state.priority = max(0, min(3, int(properties.get("priority") or 0)))


def _tag(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    tag = str(properties.get("tag") or "")[:40]
    if tag and state.newest(f"tag:{tag}", at):
        state.tags[tag] = Put(str(properties.get("by") or ""), at)


def _untag(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    tag = str(properties.get("tag") or "")[:40]
    if tag and state.newest(f"tag:{tag}", at):
        state.tags.pop(tag, None)


def _consent(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    channel = str(properties.get("channel") or "")[:20]
    purpose = str(properties.get("purpose") or "marketing")[:20]
    if channel and state.newest(f"consent:{channel}:{purpose}", at):
        word = Word(bool(properties.get("granted")), at, str(properties.get("proof") or ""))
        state.consents[channel, purpose] = word


_TELLERS: dict[str, Callable[[State, datetime, Mapping[str, Any]], None]] = {
    "customer_identified": _identified,
    "customer_registered": _registered,
    "attributes_changed": _changed,
    "owner_assigned": _owner,
    "priority_set": _priority,
    "tag_added": _tag,
    "tag_removed": _untag,
    "consent_changed": _consent,
}
