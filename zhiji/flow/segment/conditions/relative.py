"""Where a customer stands among all: scores and ranks by published cut points.

The population is the customers who ever ordered; whoever never did has no score and no rank, and no
comparison holds. While cut points aren't published yet, none holds either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import ibis

from zhiji.flow.segment.conditions.behaviour import Behaviour
from zhiji.flow.segment.conditions.comparison import NUMBER, NumberOp, number, ordered
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads
from zhiji.flow.segment.conditions.window import Window, back
from zhiji.flow.segment.conditions.words import MEASURE_LABELS, Words

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

ORDER = "order_paid"
RankMeasure = Literal[
    "orders_30d", "orders_90d", "orders_365d", "orders_ever",
    "amount_30d", "amount_90d", "amount_365d", "amount_ever", "basket_average",
]  # fmt: skip
ScoreMeasure = Literal["recency", "frequency", "monetary"]
SCORED: dict[str, str] = {"frequency": "orders_365d", "monetary": "amount_365d"}


def _measured(name: str) -> Behaviour:
    if name == "basket_average":
        return Behaviour(ORDER, "ge", 0, "average", "amount")
    what, _, span = name.partition("_")
    window = None if span == "ever" else Window(int(span.removesuffix("d")), "days")
    if what == "orders":
        return Behaviour(ORDER, "ge", 0, "count", None, window)
    return Behaviour(ORDER, "ge", 0, "sum", "amount", window)


MEASURED: dict[str, Behaviour] = {name: _measured(name) for name in MEASURE_LABELS}
"""Every measure kept of a customer that is a number, as the behaviour that computes it."""


class Score(Node, frozen=True, tag="score"):
    """A score from 1 to 5: recency by days since the last order (5 is the most recent fifth), frequency by
    orders and monetary by amount in 365 days. A value on a cut point belongs to the lower score."""

    measure: ScoreMeasure
    op: NumberOp
    value: int

    def check(self, path: str) -> None:
        if not 1 <= self.value <= 5:
            raise ConditionError(f"{path}.value", f"{self.value} is no score", "scores go from 1 to 5")

    def said(self, words: Words) -> str:
        return words.compared(words(self.measure), self.op, self.value)

    def reads(self) -> Reads:
        return Reads(facts={ORDER}, cuts={self.measure})

    def need(self, needs: Needs) -> None:
        score_needs(self.measure, needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return score(self.measure, row, needs)

    def holds(self, row: Any, needs: Needs) -> Any:
        return ordered(self.value_of(row, needs), self.op, ibis.literal(self.value)).fill_null(False)

    def threshold(self) -> Any:
        return self.value


def score_needs(measure: str, needs: Needs) -> None:
    """Register what `score` computes from."""
    needs.ever(ORDER)
    needs.aggregate(ORDER, needs.last(ORDER), lambda facts: facts.occurred_at.max())
    if measure == "recency":
        for point in needs.cut("recency") or ():
            _point_start(point, needs)
    else:
        MEASURED[SCORED[measure]].need(needs)


def _point_start(days: float, needs: Needs) -> Any:
    minutes = round(days * 1440)
    return needs.start(ORDER, f"ago_{minutes}_minutes", lambda as_of: back(as_of, minutes, "minutes"), bounds=False)


def score(measure: str, row: Any, needs: Needs) -> Any:
    """The score as an expression, null for whoever never ordered or when no cut points are published."""
    points = needs.cut(measure)
    last = row[needs.last(ORDER)]
    if not points:
        return ibis.null("int64")
    if measure == "recency":
        over = [(last < _point_start(point, needs)).cast("int64") for point in points]
        return ibis.literal(len(points) + 1) - sum(over[1:], over[0])
    behaviour = MEASURED[SCORED[measure]]
    column = behaviour.value_of(row, needs)
    over = [(column > ibis.literal(number(float(point)), type=NUMBER)).cast("int64") for point in points]
    return last.notnull().ifelse(ibis.literal(1) + sum(over[1:], over[0]), ibis.null("int64"))


class Rank(Node, frozen=True, tag="rank"):
    """Among the top or bottom `share` (0 to 1) of a measure; those on the cut point belong."""

    measure: RankMeasure
    op: Literal["top", "bottom"]
    share: float

    def check(self, path: str) -> None:
        if not 0 < self.share < 1:
            raise ConditionError(f"{path}.share", f"{self.share} is no share", "such as 0.2 for a fifth")

    @property
    def cut(self) -> str:
        """The name its cut point is published under."""
        return f"{self.op} {self.share:g} {self.measure}"

    def said(self, words: Words) -> str:
        return f"{words.label(MEASURE_LABELS[self.measure])} {words(self.op)} {self.share * 100:g}%"

    def reads(self) -> Reads:
        return Reads(facts={ORDER}, cuts={self.cut})

    def need(self, needs: Needs) -> None:
        needs.ever(ORDER)
        needs.aggregate(ORDER, needs.last(ORDER), lambda facts: facts.occurred_at.max())
        MEASURED[self.measure].need(needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return MEASURED[self.measure].value_of(row, needs)

    def holds(self, row: Any, needs: Needs) -> Any:
        points = needs.cut(self.cut)
        if not points:
            return ibis.literal(False)
        column = self.value_of(row, needs)
        against: Any = ibis.literal(number(float(points[0])), type=NUMBER)
        if self.measure == "basket_average":
            against = ibis.literal(float(points[0]))
        ranked = column >= against if self.op == "top" else column <= against
        return (ranked & row[needs.last(ORDER)].notnull()).fill_null(False)

    def threshold(self) -> Any:
        return {"share": self.share}
