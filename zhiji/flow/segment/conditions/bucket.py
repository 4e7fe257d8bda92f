"""A random share of all customers that stays the same, and survives merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.utils.translation import gettext_lazy as _

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
            raise ConditionError(f"{path}.of", _("组数为 2 到 {most}"), _("例如 100"), most=MOST)
        if not 1 <= self.from_ <= self.to <= self.of:
            raise ConditionError(f"{path}.from", _("组从 1 到 {of}"), _("from 不大于 to"), of=self.of)

    def need(self, needs: Needs) -> None:
        needs.bucket(self.salt, self.of)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return row[needs.bucket(self.salt, self.of)]

    def holds(self, row: Any, needs: Needs) -> Any:
        return self.value_of(row, needs).between(self.from_, self.to)

    def threshold(self) -> Any:
        return [self.from_, self.to]
