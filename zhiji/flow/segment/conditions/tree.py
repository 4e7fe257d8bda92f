"""Groups, the union of all kinds, and reading a tree from JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union, get_args

import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions import published
from zhiji.flow.segment.conditions.attribute import Attribute
from zhiji.flow.segment.conditions.behaviour import Behaviour, Recency
from zhiji.flow.segment.conditions.bounds import measure
from zhiji.flow.segment.conditions.bucket import Bucket
from zhiji.flow.segment.conditions.dates import Anniversary, Elapsed
from zhiji.flow.segment.conditions.diagnosis import diagnosed
from zhiji.flow.segment.conditions.habit import Regular, Resumed, Stopped
from zhiji.flow.segment.conditions.membership import Consented, InClass, InSegment, Tagged, every, some
from zhiji.flow.segment.conditions.node import ConditionError, Node, walk
from zhiji.flow.segment.conditions.offered import Offered
from zhiji.flow.segment.conditions.relative import Rank, Score
from zhiji.flow.segment.conditions.sequence import Absence, Nth, Sequence

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs


class All(Node, frozen=True, tag="all"):
    """且: every one holds."""

    of: list[Condition]

    def children(self) -> tuple[Node, ...]:
        return tuple(self.of)

    def check(self, path: str) -> None:
        if not self.of:
            raise ConditionError(f"{path}.of", _("这一组是空的"), _("至少放一个条件"))

    def holds(self, row: Any, needs: Needs) -> Any:
        return every([one.holds(row, needs) for one in self.of])

    def implied(self) -> Node | None:
        parts = [part for one in self.of if (part := one.implied()) is not None]
        return All(parts) if parts else None  # type: ignore[arg-type]


class Some(Node, frozen=True, tag="any"):
    """或: at least one holds."""

    of: list[Condition]

    def children(self) -> tuple[Node, ...]:
        return tuple(self.of)

    def check(self, path: str) -> None:
        if not self.of:
            raise ConditionError(f"{path}.of", _("这一组是空的"), _("至少放一个条件"))

    def holds(self, row: Any, needs: Needs) -> Any:
        return some([one.holds(row, needs) for one in self.of])

    def implied(self) -> Node | None:
        parts = [one.implied() for one in self.of]
        return None if None in parts else Some(parts)  # type: ignore[arg-type]


class Not(Node, frozen=True, tag="not"):
    """非: it doesn't hold."""

    of: Condition

    def children(self) -> tuple[Node, ...]:
        return (self.of,)

    def holds(self, row: Any, needs: Needs) -> Any:
        return ~self.of.holds(row, needs)


Condition = Union[  # noqa: UP007 - msgspec resolves the forward references by this name
    All, Some, Not, Attribute, Behaviour, Recency, Sequence, Absence, Nth, Regular, Stopped, Resumed,
    Anniversary, Elapsed, Score, Rank, InClass, InSegment, Tagged, Consented, Bucket, Offered,
]  # fmt: skip
_learnt = msgspec.json.Decoder(Condition)  # here, not at first use, where another thread could meet kinds half learnt
KINDS: dict[str, type[Node]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Condition)}


def parse(tree: Any) -> Condition:
    """A typed condition from its JSON (as Python objects). Raises ConditionError with path, reason and hint."""
    measure(tree)
    try:
        node: Condition = msgspec.convert(tree, Condition)
    except msgspec.ValidationError as error:
        raise diagnosed(tree, str(error), Condition, KINDS) from None
    for path, one in walk(node):
        one.check(path)
    return node


def plain(node: Node) -> Any:
    """The tree as JSON objects again, without what is null."""
    return _without_nulls(msgspec.to_builtins(node))


def _without_nulls(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_nulls(one) for name, one in part.items() if one is not None}
    return [_without_nulls(one) for one in part] if isinstance(part, list) else part


def schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of the language."""
    return published.schema(Condition, KINDS)
