"""Groups, the union of all kinds, and reading a tree from JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Union, get_args

import msgspec

from zhiji.flow.segment.conditions.attribute import Attribute
from zhiji.flow.segment.conditions.behaviour import Behaviour, Recency
from zhiji.flow.segment.conditions.bucket import Bucket
from zhiji.flow.segment.conditions.dates import Anniversary, Elapsed
from zhiji.flow.segment.conditions.habit import Regular, Resumed, Stopped
from zhiji.flow.segment.conditions.membership import Consented, InClass, InSegment, Tagged, every, some
from zhiji.flow.segment.conditions.node import ConditionError, Node, nearest, walk
from zhiji.flow.segment.conditions.offered import Offered
from zhiji.flow.segment.conditions.relative import Rank, Score
from zhiji.flow.segment.conditions.sequence import Absence, Nth, Sequence

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

DEEPEST, LARGEST = 20, 500


class All(Node, frozen=True, tag="all"):
    """且: every one holds."""

    of: list[Condition]

    def children(self) -> tuple[Node, ...]:
        return tuple(self.of)

    def check(self, path: str) -> None:
        if not self.of:
            raise ConditionError(f"{path}.of", "an empty group", "put at least one condition into it")

    def holds(self, row: Any, needs: Needs) -> Any:
        return every([one.holds(row, needs) for one in self.of])


class Some(Node, frozen=True, tag="any"):
    """或: at least one holds."""

    of: list[Condition]

    def children(self) -> tuple[Node, ...]:
        return tuple(self.of)

    def check(self, path: str) -> None:
        if not self.of:
            raise ConditionError(f"{path}.of", "an empty group", "put at least one condition into it")

    def holds(self, row: Any, needs: Needs) -> Any:
        return some([one.holds(row, needs) for one in self.of])


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
]
KINDS: dict[str, type[Node]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Condition)}


def parse(tree: Any) -> Condition:
    """A typed condition from its JSON (as Python objects). Raises ConditionError with path, reason and hint."""
    _measure(tree)
    try:
        node: Condition = msgspec.convert(tree, Condition)
    except msgspec.ValidationError as error:
        raise _told(tree, str(error)) from None
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
    return msgspec.json.schema(Condition)


def _measure(tree: Any) -> None:
    """Refuse trees too deep or too large before anything recurses into them."""
    for count, (depth, path) in enumerate(_visit(tree, "$", 1), 1):
        if depth > DEEPEST:
            raise ConditionError(path[:60], f"nested deeper than {DEEPEST}", "flatten the groups")
        if count > LARGEST:
            raise ConditionError("$", f"more than {LARGEST} conditions", "make segments of the parts")


def _visit(tree: Any, path: str, depth: int) -> Iterator[tuple[int, str]]:
    yield depth, path
    if depth > DEEPEST or not isinstance(tree, dict):
        return
    inner = tree.get("of")
    if not isinstance(inner, dict | list):
        return
    for index, one in enumerate(inner if isinstance(inner, list) else [inner]):
        yield from _visit(one, f"{path}.of[{index}]" if isinstance(inner, list) else f"{path}.of", depth + 1)


def _told(tree: Any, message: str) -> ConditionError:
    """msgspec's message as path, reason and hint."""
    reason, _, place = message.partition(" - at ")
    path = place.strip("`") or "$"
    if path.startswith("key"):
        path = "$"
    holder = _at(tree, path.removesuffix(".kind"))
    kind = holder.get("kind") if isinstance(holder, dict) else None
    if isinstance(holder, dict) and kind not in KINDS:
        hint = nearest(str(kind), KINDS) if kind else f"known are {', '.join(KINDS)}"
        where = path if path.endswith(".kind") else f"{path}.kind"
        return ConditionError(where, f"no such kind of condition: {kind!r}" if kind else "its kind is missing", hint)
    if isinstance(holder, dict):
        fields = KINDS[str(kind)].__struct_fields__
        if unknown := re.search(r"unknown field `(\w+)`", reason):
            return ConditionError(path, f"{kind!r} has no field {unknown[1]!r}", nearest(unknown[1], fields))
        if missing := re.search(r"missing required field `(\w+)`", reason):
            return ConditionError(path, f"{kind!r} lacks {missing[1]!r}", f"its fields are {', '.join(fields)}")
    return ConditionError(path, reason, _choices(tree, path))


def _choices(tree: Any, path: str) -> str:
    """What an enumerated field takes."""
    holder_path, _, name = path.rpartition(".")
    holder = _at(tree, holder_path)
    kind = KINDS.get(str(holder.get("kind"))) if isinstance(holder, dict) else None
    if kind is None:
        return ""
    for one in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        if one.encode_name == name and isinstance(one.type, msgspec.inspect.LiteralType):
            return nearest(str(holder.get(name)), one.type.values)
    return ""


def _at(tree: Any, path: str) -> Any:
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        try:
            tree = tree[name] if name else tree[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return tree
