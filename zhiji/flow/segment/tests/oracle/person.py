"""A customer as the oracle sees one: the root, with everything of those merged into it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhiji.flow.segment.tests.oracle.moments import day_of
from zhiji.flow.segment.tests.oracle.values import as_day


@dataclass(frozen=True)
class Fact:
    name: str
    at: datetime
    properties: dict[str, Any]


@dataclass
class Person:
    """`log` holds membership changes by "scheme:<key>" or "segment:<key>": (at, class before, class after), for a
    segment (at, None, "in" or None), in the order they were written."""

    id: int
    facts: list[Fact] = field(default_factory=list)
    portrait: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    consents: dict[tuple[str, str], bool] = field(default_factory=dict)
    log: dict[str, list[tuple[datetime, str | None, str | None]]] = field(default_factory=dict)

    def named(self, name: str, as_of: datetime) -> list[Fact]:
        """The facts of a name up to a moment, oldest first."""
        return sorted((one for one in self.facts if one.name == name and one.at <= as_of), key=lambda one: one.at)

    def day(self, attribute: str, zone: ZoneInfo) -> date | None:
        """The day that an attribute names; of a moment, its day in the zone."""
        if attribute.startswith("attributes."):
            return as_day(self.attributes.get(attribute.removeprefix("attributes.")))
        value = self.portrait.get(attribute)
        return day_of(value, zone) if isinstance(value, datetime) else value

    def entered(self, of: str, as_of: datetime) -> tuple[datetime, str | None, str | None] | None:
        """The newest line of the log up to a moment."""
        lines = [one for one in self.log.get(of, ()) if one[0] <= as_of]
        return lines[-1] if lines else None
