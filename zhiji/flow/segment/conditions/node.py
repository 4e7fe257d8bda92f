"""What every kind of condition is: a tagged struct that can be checked, said, and compiled.

A new kind is a struct here in this folder, added to `Condition` in tree.py: nothing else names the kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from zhiji.flow.segment.conditions.mistakes import ConditionError, nearest

if TYPE_CHECKING:
    from zhiji.flow.segment.conditions.words import Words
    from zhiji.flow.segment.engine.needs import Needs


__all__ = ["ConditionError", "Node", "Reads", "leaves", "nearest", "reads", "walk"]


@dataclass
class Reads:
    """What a condition reads, so that only what can change is evaluated again.

    `facts`: fact names; `properties`: what is read of each; `attributes`: portrait columns and `attributes.<x>`;
    `segments`, `schemes`, `tags`: keys and words; `consents`: whether consents are; `cuts`: cut points; `calendar`:
    whether a new day alone may change it; `log`: "scheme:<key>" and "segment:<key>" whose membership log is read.
    """

    facts: set[str] = field(default_factory=set)
    properties: dict[str, set[str]] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    schemes: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    consents: bool = False
    cuts: set[str] = field(default_factory=set)
    calendar: bool = False
    log: set[str] = field(default_factory=set)

    def __or__(self, other: Reads) -> Reads:
        return Reads(
            self.facts | other.facts,
            {
                fact: self.properties.get(fact, set()) | other.properties.get(fact, set())
                for fact in self.properties.keys() | other.properties.keys()
            },
            self.attributes | other.attributes,
            self.segments | other.segments,
            self.schemes | other.schemes,
            self.tags | other.tags,
            self.consents or other.consents,
            self.cuts | other.cuts,
            self.calendar or other.calendar,
            self.log | other.log,
        )


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A node of a condition's tree."""

    def children(self) -> tuple[Node, ...]:
        return ()

    def check(self, path: str) -> None:
        """Raise ConditionError for what the types alone can't refuse."""

    def said(self, words: Words) -> str:
        """The condition as a sentence; how each kind is said stands in grammar/kinds.py."""
        from zhiji.flow.segment.conditions.grammar import say

        return say(self, words)

    def reads(self) -> Reads:
        """What this node itself reads, without its children."""
        return Reads()

    def need(self, needs: Needs) -> None:
        """Register the columns this leaf's value is computed from."""

    def holds(self, row: Any, needs: Needs) -> Any:
        """The verdict as a boolean Ibis expression over the joined row, never null."""
        raise NotImplementedError

    def implied(self) -> Node | None:
        """What attributes say of everybody for whom this holds: a condition of nothing else that PostgreSQL can answer,
        false where they are missing; None when they may say anything."""
        return None

    def value_of(self, row: Any, needs: Needs) -> Any | None:
        """The leaf's value as an Ibis expression, shown in reasons; None for groups."""
        return None

    def threshold(self) -> Any:
        """What the value is held against, as JSON."""
        return None


def walk(node: Node, path: str = "$") -> Iterator[tuple[str, Node]]:
    """Every node with its path, parents first."""
    yield path, node
    children = node.children()
    for index, child in enumerate(children):
        step = f"{path}.of" if type(node).__name__ == "Not" else f"{path}.of[{index}]"
        yield from walk(child, step)


def leaves(node: Node) -> list[Node]:
    """The leaves, left to right."""
    return [one for _, one in walk(node) if not one.children()]


def reads(node: Node) -> Reads:
    """What the whole tree reads."""
    total = Reads()
    for _, one in walk(node):
        total |= one.reads()
    return total
