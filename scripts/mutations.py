"""Small wrong changes that the mutation library doesn't know and this project fears most: a call that is left out, as a
check of permission or an audit line, and a narrowing of a query that is left out, as a lock or whose customers.
"""

from collections.abc import Iterator
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator

NARROWINGS = ("filter", "exclude", "select_for_update", "distinct", "order_by")
Place = tuple[tuple[int, int], tuple[int, int]]


class CallLeftOut(Operator):
    """A statement that is nothing but a call becomes `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[Place]:
        if node.type == "simple_stmt" and node.children[0].type in ("atom_expr", "power"):
            called = node.children[0]
            if called.children[-1].type == "trailer" and called.children[-1].children[0].value == "(":
                yield called.start_pos, called.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        called = node.children[0]
        node.children[0] = parso.parse(called.get_first_leaf().prefix + "pass")
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("require(by, 'rules:write')\n", "pass\n"), Example("a = b()\n", "a = b()\n"))


class NarrowingLeftOut(Operator):
    """`.filter(…)` and its like go out of a chain of calls."""

    def mutation_positions(self, node: Any) -> Iterator[Place]:
        for _, named, given in _narrowings(node):
            yield named.start_pos, given.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        at, _, _ = list(_narrowings(node))[index]
        del node.children[at : at + 2]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("rows.filter(owner=by).count()", "rows.count()"),)


def _narrowings(node: Any) -> Iterator[tuple[int, Any, Any]]:
    if node.type in ("atom_expr", "power"):
        pairs = zip(node.children, node.children[1:], strict=False)
        for at, (named, given) in enumerate(pairs):
            both = named.type == given.type == "trailer" and given.children[0].value == "("
            if both and named.children[0].value == "." and named.children[1].value in NARROWINGS:
                yield at, named, given


OPERATORS = {one.__name__: one for one in (CallLeftOut, NarrowingLeftOut)}
