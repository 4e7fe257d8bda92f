"""What conditions mean, in plain Python: clear, slow, and without a line of the compiler's.

Written from docs/conditions.md. Whoever asks has followed the merges: a Person is a root with all that is under it.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhiji.flow.segment.tests.oracle.being import Being
from zhiji.flow.segment.tests.oracle.doing import Doing, Tree
from zhiji.flow.segment.tests.oracle.person import Fact, Person

__all__ = ["Fact", "Oracle", "Person"]


class Oracle(Being, Doing):
    """`segments` and `schemes` are the definitions by key, a scheme's as (class key, tree or None) in order; `cuts`
    are the published points by `cut_name`."""

    def __init__(
        self, segments: dict[str, Tree], schemes: dict[str, list[tuple[str, Tree | None]]], cuts: Any, zone: str
    ):
        self.segments, self.schemes, self.cuts, self.zone = segments, schemes, cuts, ZoneInfo(zone)

    def holds(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        return bool(getattr(self, "_" + tree["kind"])(tree, person, as_of))

    def class_of(self, scheme: str, person: Person, as_of: datetime) -> str:
        for key, tree in self.schemes[scheme]:
            if tree is None or self.holds(tree, person, as_of):
                return key
        raise AssertionError("the last class takes everyone")

    def _all(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        return all(self.holds(one, person, as_of) for one in tree["of"])

    def _any(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        return any(self.holds(one, person, as_of) for one in tree["of"])

    def _not(self, tree: Tree, person: Person, as_of: datetime) -> bool:
        return not self.holds(tree["of"], person, as_of)
