"""A program: an Ibis expression as steps over whole columns, made once, run over any slice.

It knows tables, filters, projections and aggregates by one key, and what `scalar` and `grouped` know. Equal parts of an
expression are one step, as Ibis' nodes are equal then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial, reduce
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa

from zhiji.kernel import engine
from zhiji.kernel.columnar import grouped, scalar, vector
from zhiji.kernel.columnar.frame import Frame
from zhiji.kernel.columnar.types import literal, micros
from zhiji.kernel.columnar.vector import Unknown, Vector


@dataclass
class Program:
    """Columns computed of tables: `outputs` are {name: (where it is in the end, its type)}, the first there for every
    row; `left` those that an engine must compute."""

    outputs: dict[str, tuple[int, pa.DataType]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    places: int = 0
    constants: dict[int, Any] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    moments: dict[str, int] = field(default_factory=dict)
    steps: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = field(default_factory=list)

    def answer(self, tables: Mapping[str, Frame], moments: Mapping[str, datetime]) -> Frame:
        """The columns, of these tables at these moments. Raises Unfit when values forbid it."""
        at: list[Any] = [None] * self.places
        for place, constant in self.constants.items():
            at[place] = constant
        for name, place in self.tables.items():
            at[place] = tables[name]
        for name, place in self.moments.items():
            at[place] = Vector(micros(moments[name]))
        for place, act, given in self.steps:
            at[place] = act(*[at[one] for one in given])
        found = {name: at[place] for name, (place, _) in self.outputs.items()}
        types = {name: kind for name, (_, kind) in self.outputs.items()}
        return Frame(len(next(iter(found.values())).values), found, types)

    def step(self, act: Callable[..., Any], *given: int) -> int:
        """A further step, of what is in these places; taken at once where it is of constants. Returns its place."""
        if given and all(one in self.constants for one in given):
            return self.put(self.constants, self.places, act(*(self.constants[one] for one in given)))
        self.steps.append((self.places, act, given))
        return self._next()

    def put(self, among: dict[Any, Any], key: Any, value: Any) -> int:
        among[key] = value
        return self._next()

    def input(self, among: dict[str, int], name: str) -> int:
        """The place of a table or a moment."""
        if name not in among:
            among[name] = self._next()
        return among[name]

    def _next(self) -> int:
        self.places += 1
        return self.places - 1


def program(expression: Any, key: str) -> Program:
    """The program of as many columns of a table expression as are known here. Raises Unknown when `key` isn't, the
    column that is there for every row.
    """
    node, found = expression.op(), Program()
    columns = _Making(found, _orders(node)).relation(node)
    for name in sorted(node.schema.names, key=lambda name: name != key):
        try:
            found.outputs[name] = (columns(name), vector.arrow_type(node.schema[name]))
        except Unknown:
            if name == key:
                raise
            found.left.append(name)
    return found


def _orders(node: ops.Node) -> dict[ops.Node, tuple[str, ...]]:
    """By which columns the rows of tables must lie, as aggregates are by them."""
    found: dict[ops.Node, tuple[str, ...]] = {}
    for one in node.find(ops.Aggregate):
        names, relation = [_field(key) for key in one.groups.values()], one.parent
        while isinstance(relation, ops.Filter | ops.Project):
            if isinstance(relation, ops.Project):
                names = [_field(relation.values[name]) for name in names]
            relation = relation.parent
        if isinstance(relation, ops.UnboundTable):
            known = found.setdefault(relation, tuple(names))
        else:
            known = tuple(relation.groups)[: len(names)] if isinstance(relation, ops.Aggregate) else ()
        if not names or known != tuple(names):
            raise Unknown(relation)
    return found


def _field(value: ops.Node) -> str:
    if not isinstance(value, ops.Field):
        raise Unknown(value)
    return str(value.name)


_Columns = Callable[[str], int]


class _Making:
    """Turns nodes into steps of a program, each once."""

    def __init__(self, made: Program, orders: Mapping[ops.Node, tuple[str, ...]]) -> None:
        self._made, self._orders = made, orders
        self._values: dict[Any, int] = {}
        self._relations: dict[ops.Node, _Columns] = {}

    def relation(self, node: Any) -> _Columns:
        """What gives the place of each column of a relation."""
        found = self._relations.get(node)
        if found is None:
            ways: dict[type, Callable[[Any], _Columns]] = {
                ops.UnboundTable: self._table,
                ops.Filter: self._filter,
                ops.Project: lambda one: lambda name: self.value(one.values[name]),
                ops.Aggregate: self._aggregate,
            }
            if type(node) not in ways:
                raise Unknown(type(node).__name__)
            found = self._relations[node] = ways[type(node)](node)
        return found

    def value(self, node: Any, groups: int | None = None) -> int:
        """The place of a value; of `groups`, where it is an aggregate or made of some."""
        if isinstance(node, ops.Field):
            return self.relation(node.rel)(node.name)
        found = self._values.get((node, groups))
        if found is None:
            found = self._values[node, groups] = self._computed(node, groups)
        return found

    def _computed(self, node: Any, groups: int | None) -> int:
        if isinstance(node, ops.Literal):
            return self._made.put(self._made.constants, self._made.places, literal(node))
        if isinstance(node, ops.ScalarUDF) and node.__func_name__ == engine.MOMENT:
            return self._made.input(self._made.moments, node.args[0].value)
        if isinstance(node, grouped.AGGREGATES):
            if groups is None:
                raise Unknown(node)
            aggregate, of = grouped.built(node)
            return self._made.step(aggregate, groups, *(self.value(one) for one in of))
        act, of = _numbering(node) if isinstance(node, ops.WindowFunction) else scalar.built(node)
        return self._made.step(act, *(self.value(one, groups) for one in of))

    def _once(self, make: Callable[[str], int]) -> _Columns:
        made: dict[str, int] = {}

        def column(name: str) -> int:
            if name not in made:
                made[name] = make(name)
            return made[name]

        return column

    def _table(self, node: Any) -> _Columns:
        table = self._made.input(self._made.tables, node.name)

        def read(name: str) -> int:
            return self._made.step(partial(_column, name, node.schema[name]), table)

        if node not in self._orders:
            return self._once(read)
        order = self._made.step(grouped.order, *(read(name) for name in self._orders[node]))
        return self._once(lambda name: self._made.step(_taken, read(name), order))

    def _filter(self, node: Any) -> _Columns:
        parent = self.relation(node.parent)
        every = reduce(ops.And, node.predicates)
        chosen = self._made.step(_chosen, self.value(every))
        return self._once(lambda name: self._made.step(_taken, parent(name), chosen))

    def _aggregate(self, node: Any) -> _Columns:
        groups = self._made.step(grouped.grouped, *(self.value(key) for key in node.groups.values()))
        keys = {name: self._made.step(partial(_key, at), groups) for at, name in enumerate(node.groups)}
        return lambda name: keys[name] if name in keys else self.value(node.metrics[name], groups)


def _numbering(node: Any) -> vector.Built:
    if not isinstance(node.func, ops.RowNumber) or not node.group_by:
        raise Unknown(node)
    numbering = grouped.numbered(len(node.group_by), tuple(one.descending for one in node.order_by))
    return numbering, [*node.group_by, *(one.arg for one in node.order_by)]


def _key(at: int, groups: grouped.Groups) -> Vector:
    return groups.keys[at]


def _column(name: str, kind: Any, rows: Frame) -> Vector:
    return rows.vector(name, kind)


def _chosen(passes: Vector) -> Any:
    """The places of the rows that pass; None when all do."""
    true = passes.true
    return None if np.all(true) else np.flatnonzero(true)


def _taken(of: Vector, places: Any) -> Vector:
    return of if places is None else of.take(places)
