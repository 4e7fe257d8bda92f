"""A random share of all customers that stays the same, and survives merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from zhiji.flow.segment.conditions.node import ConditionError, Node

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

MOST = 10_000


class Bucket(Node, frozen=True, tag="bucket"):
    """In one of the buckets `from` to `to` (both included) of `of`, drawn by the salt and the root's id."""

    salt: str
    from_: int = msgspec.field(name="from")
    to: int
    of: int = 100

    def check(self, path: str) -> None:
        if not 2 <= self.of <= MOST:
            raise ConditionError(f"{path}.of", f"there are 2 to {MOST} buckets", "such as 100")
        if not 1 <= self.from_ <= self.to <= self.of:
            raise ConditionError(f"{path}.from", f"buckets go from 1 to {self.of}", "from at most as large as to")

    def need(self, needs: Needs) -> None:
        needs.bucket(self.salt, self.of)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.bucket(self.salt, self.of)]

    def holds(self, row: Any, needs: Needs) -> Any:
        return self.value_of(row, needs).between(self.from_, self.to)

    def threshold(self) -> Any:
        return [self.from_, self.to]
