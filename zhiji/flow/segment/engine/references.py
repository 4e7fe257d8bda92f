"""What conditions refer to: other definitions and published cut points. Each definition is one column of the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ibis
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.node import ConditionError, Node, nearest, walk

Classes = Sequence[tuple[str, Node | None]]
Points = Sequence[float] | Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class World:
    """What conditions refer to: live definitions by key, and published cut points by name (by group, for a rank
    within groups)."""

    segments: Mapping[str, Node] = field(default_factory=dict)
    schemes: Mapping[str, Classes] = field(default_factory=dict)
    cuts: Mapping[str, Points] = field(default_factory=dict)


class References:
    """Collects the definitions that trees refer to, each once, after those it refers to itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._levels: dict[str, int] = {}
        self._entered: dict[str, int] = {}

    def define(self, name: str, parts: Mapping[str, Node]) -> None:
        """Register the definition `name` ("segment:x", "scheme:y") by its parts, each at its path, which may not refer
        back to it. Raises ConditionError with the path."""
        with self._within(name):
            for path, node in parts.items():
                try:
                    self.add(node)
                except ConditionError as error:
                    raise error.at(path) from None
        del self._levels[name]

    def add(self, node: Node) -> None:
        """Register everything the tree needs. Raises ConditionError for what refers to nothing or to itself."""
        for path, one in walk(node):
            try:
                one.need(self)  # type: ignore[arg-type]
            except ConditionError as error:
                raise error.at(path) from None

    def cut(self, name: str) -> Points | None:
        return self.world.cuts.get(name)

    def segment(self, key: str) -> str:
        """The column of the row that says whether a customer is in it."""
        node = self.world.segments.get(key)
        if node is None:
            raise ConditionError("$.segment", _("没有客群“{key}”"), nearest(key, self.world.segments), key=key)
        return self._enter(f"segment:{key}", [node])

    def scheme(self, key: str) -> Classes:
        classes = self.world.schemes.get(key)
        if classes is None:
            raise ConditionError("$.scheme", _("没有分类方案“{key}”"), nearest(key, self.world.schemes), key=key)
        self._enter(f"scheme:{key}", [node for _key, node in classes if node is not None])
        return classes

    def class_of(self, key: str, row: Any) -> Any:
        """The key of the first class whose condition holds."""
        self.scheme(key)
        return row[f"scheme:{key}"]

    def _enter(self, name: str, nodes: Sequence[Node]) -> str:
        """Register what a referred definition needs, once; refuse a definition that comes back to itself."""
        if name in self._entered:
            names = list(self._entered)
            path = [*names[names.index(name) :], name]
            raise ConditionError("$", _("条件绕回到自己：{way}"), _("请去掉其中一处引用"), way=" → ".join(path))
        if name not in self._levels:
            with self._within(name):
                for node in nodes:
                    try:
                        self.add(node)
                    except ConditionError as error:
                        raise error.whole() from None
        for one, level in self._entered.items():
            self._entered[one] = max(level, self._levels[name] + 1)
        return name

    @contextmanager
    def _within(self, name: str) -> Iterator[None]:
        self._entered[name] = 0
        yield
        self._levels[name] = self._entered.pop(name)

    def with_definitions(self, row: Any) -> Any:
        """The row with a column for each definition that was referred to: of a segment whether a customer is in it, of
        a scheme the key of the class."""
        for level in sorted(set(self._levels.values())):
            names = sorted(name for name, own in self._levels.items() if own == level)
            row = row.mutate(**{name: self._column(name, row) for name in names})
        return row

    def _column(self, name: str, row: Any) -> Any:
        kind, _colon, key = name.partition(":")
        if kind == "segment":
            return self.world.segments[key].holds(row, self)  # type: ignore[arg-type]
        classes = self.world.schemes[key]
        found: Any = ibis.literal(classes[-1][0])
        for one, node in reversed(classes[:-1]):
            if node is not None:
                found = node.holds(row, self).ifelse(ibis.literal(one), found)  # type: ignore[arg-type]
        return found
