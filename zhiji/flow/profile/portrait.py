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
from zhiji.kernel.values import tag


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
EMPTY: dict[str, Any] = {name: read(None) for name, read in PARTS.items()}
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
    """A tag on the customer: who put it, when, and how they wrote it."""

    by: str
    at: datetime
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Word:
    """A consent given or withdrawn."""

    granted: bool
    at: datetime
    proof: str


@dataclass(frozen=True)
class Was:
    """What a part was, in JSON, in [since, until) (microseconds of the epoch; since None: nobody knows from when)."""

    part: str
    value: Any
    since: int | None
    until: int


@dataclass
class State:
    """What is known of one root; `stamps` says when each part was last told (microseconds of the epoch).

    `since` says when the value of a part was first told, where that was before its stamp. `past` collects what was
    replaced, to be kept; `late` says that something was told whose place is between older words, so that only the
    facts can tell the past anew. `tags` are by what tells them apart (see kernel/values/tag.py).
    """

    parts: dict[str, Any] = field(default_factory=lambda: dict(EMPTY))
    attributes: dict[str, Any] = field(default_factory=dict)
    owner_id: int | None = None
    priority: int = 0
    registered_at: datetime | None = None
    tags: dict[str, Put] = field(default_factory=dict)
    consents: dict[tuple[str, str], Word] = field(default_factory=dict)
    stamps: dict[str, int] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    past: list[Was] = field(default_factory=list)
    changed: bool = False
    late: bool = False

    def told(self, part: str) -> Any:
        """The value of a part in JSON; None for what it is before anything was told."""
        if part in PARTS:
            return plain(part, self.parts[part])
        if part.startswith("attributes."):
            return self.attributes.get(part.removeprefix("attributes."))
        kind, _, rest = part.partition(":")
        if kind == "tag":
            return True if rest in self.tags else None
        if kind == "consent":
            channel, _, purpose = rest.partition(":")
            word = self.consents.get((channel, purpose))
            return word and word.granted
        return self.owner_id if part == "owner" else self.priority or None

    def newest(self, part: str, at: datetime, value: Any) -> bool:
        """Whether nothing newer is known of `part` than `value` (in JSON); notes that it was told now."""
        stamp, known, was = micros(at), self.stamps.get(part), self.told(part)
        since = self.since.get(part, known)
        same = value == was and type(value) is type(was)
        if known is not None and stamp < known:
            self.late = self.late or not same or stamp < (since or stamp)
            return False
        if known != stamp or not same:
            self.stamps[part] = stamp
            self.changed = True
        if same:
            if was is not None and since is not None and since < stamp:
                self.since[part] = since
            return True
        if was is not None and (since is None or since < stamp):
            self.past.append(Was(part, was, since, stamp))
        self.since.pop(part, None)
        return True


def micros(at: datetime) -> int:
    """Microseconds of the epoch."""
    return round(at.timestamp() * 1_000_000)


def plain(part: str, value: Any) -> Any:
    """The value of one of PARTS in JSON; None for the one it has before anything was told."""
    if value == EMPTY[part]:
        return None
    return value.isoformat() if isinstance(value, date) else value


def tell(state: State, name: str, at: datetime, properties: Mapping[str, Any]) -> None:
    """Take one fact into the portrait; facts that say nothing of it leave it alone."""
    teller = _TELLERS.get(name)
    if teller is not None:
        teller(state, at, properties)


def _identified(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    """Who says `undated` knows not from when it is, and so doesn't give back a consent that was withdrawn."""
    traits = properties.get("traits")
    if not isinstance(traits, dict):
        return
    for name, value in traits.items():
        if name == "consent" and isinstance(value, dict):
            for channel, granted in value.items():
                if not (granted and properties.get("undated") and state.told(f"consent:{channel}:marketing") is False):
                    _consent(state, at, {"channel": channel, "granted": bool(granted), "proof": "traits"})
        elif name == "registered_at":
            _registered_at(state, _moment(value))
        else:
            _give(state, at, name if name in PARTS else f"attributes.{name}", value)


def _changed(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    for name, value in (properties.get("changes") or {}).items():
        _give(state, at, name, value)


def _give(state: State, at: datetime, part: str, value: Any) -> None:
    if part in PARTS:
        value = PARTS[part](value)
        if state.newest(part, at, plain(part, value)):
            state.parts[part] = value
    elif part.startswith("attributes.") and state.newest(part, at, value):
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
    owner = properties.get("owner")
    if state.newest("owner", at, owner):
        state.owner_id = owner


def _priority(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    priority = max(0, min(3, int(properties.get("priority") or 0)))
    if state.newest("priority", at, priority or None):
        state.priority = priority


def _tag(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    name = str(properties.get("tag") or "").strip()[: tag.LONGEST]
    key = tag.key(name)
    if key and state.newest(f"tag:{key}", at, True):
        state.tags[key] = Put(str(properties.get("by") or ""), at, name)


def _untag(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    key = tag.key(str(properties.get("tag") or ""))
    if key and state.newest(f"tag:{key}", at, None):
        state.tags.pop(key, None)


def _consent(state: State, at: datetime, properties: Mapping[str, Any]) -> None:
    channel = str(properties.get("channel") or "")[:20]
    purpose = str(properties.get("purpose") or "marketing")[:20]
    granted = bool(properties.get("granted"))
    if channel and state.newest(f"consent:{channel}:{purpose}", at, granted):
        state.consents[channel, purpose] = Word(granted, at, str(properties.get("proof") or ""))


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
