"""What is asked again and again of small slices: by a program what that knows, by kept plans the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from zhiji.kernel import plans
from zhiji.kernel.columnar.frame import Frame
from zhiji.kernel.columnar.program import Program, program
from zhiji.kernel.columnar.vector import Unfit, Unknown

WIDTH = 300  # columns of an answer from which on it pays to have its parts made at the same time


@dataclass(frozen=True, eq=False)
class Query:
    """An Ibis table expression, and the column that is there for every row, by which the parts of its answer meet."""

    expression: Any
    key: str

    @cached_property
    def program(self) -> Program | None:
        try:
            return program(self.expression, self.key)
        except Unknown:
            return None

    @cached_property
    def rest(self) -> tuple[str, ...]:
        """Plans of what the program leaves."""
        return self.whole if self.program is None else tuple(self._plans(self.program.left))

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """Plans of every column."""
        others = [name for name in self.expression.columns if name != self.key]
        return tuple(self._plans(others)) or (plans.sql(self.expression.select(self.key)),)

    def _plans(self, names: Sequence[str]) -> Iterator[str]:
        for at in range(0, len(names), WIDTH):
            yield plans.sql(self.expression.select(self.key, *names[at : at + WIDTH]))


def answers(queries: Sequence[Query], tables: Mapping[str, Frame], moments: Mapping[str, datetime]) -> list[Frame]:
    """What each query answers of these tables at these moments. Plans are asked meanwhile, by threads of their own."""
    begun = [plans.begun(query.rest, tables, moments) for query in queries]
    return [_answer(query, tables, moments, asked) for query, asked in zip(queries, begun, strict=True)]


def _answer(
    query: Query, tables: Mapping[str, Frame], moments: Mapping[str, datetime], asked: Sequence[Future[pa.Table]]
) -> Frame:
    found = []
    if query.program is not None:
        try:
            found.append(query.program.answer(tables, moments))
        except Unfit:
            asked = plans.begun(query.whole, tables, moments)
    answer, *others = [*found, *(Frame.of(one.result()) for one in asked)]
    for other in others:
        answer = answer.beside(other, query.key, query.key)
    return answer
