"""Where a customer stands among all: scores and ranks by published cut points.

The population is the customers who ever ordered; whoever never did has no score and no rank, and no
comparison holds. While cut points aren't published yet, none holds either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import ibis
import msgspec
from django.utils.translation import gettext_lazy as _

from zhiji.flow.segment.conditions.attribute import ATTRIBUTES, check_name
from zhiji.flow.segment.conditions.comparison import NUMBER, NumberOp, number, ordered
from zhiji.flow.segment.conditions.measure import Measure
from zhiji.flow.segment.conditions.node import ConditionError, Node, Reads, nearest
from zhiji.flow.segment.conditions.where import declared_type
from zhiji.flow.segment.conditions.window import Window, ago
from zhiji.flow.segment.conditions.words import MEASURE_LABELS

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs, Points

LONGEST_NAME = 60
ORDER, REFUND = "order_paid", "order_refunded"
RankMeasure = Literal[
    "orders_30d", "orders_90d", "orders_365d", "orders_ever",
    "amount_30d", "amount_90d", "amount_365d", "amount_ever", "basket_average",
]  # fmt: skip
ScoreMeasure = Literal["recency", "frequency", "monetary"]
SCORED: dict[str, str] = {"frequency": "orders_365d", "monetary": "amount_365d"}


def _measured(name: str) -> Measure:
    if name == "basket_average":
        return Measure(ORDER, "average", "amount")
    what, _, span = name.partition("_")
    window = None if span == "ever" else Window(int(span.removesuffix("d")), "days")
    if what == "orders":
        return Measure(ORDER, "count", None, window)
    return Measure(ORDER, "sum", "amount", window, less=REFUND)


MEASURED: dict[str, Measure] = {name: _measured(name) for name in MEASURE_LABELS}
"""Every measure kept of a customer that is a number, as it is computed."""


class Score(Node, frozen=True, tag="score"):
    """A score from 1 to 5: recency by days since the last order (5 is the most recent fifth), frequency by
    orders and monetary by amount in 365 days. A value on a cut point belongs to the lower score."""

    measure: ScoreMeasure
    op: NumberOp
    value: int

    def check(self, path: str) -> None:
        if not 1 <= self.value <= 5:
            raise ConditionError(f"{path}.value", _("没有 {value} 分"), _("得分为 1 到 5"), value=self.value)

    def reads(self) -> Reads:
        measured = MEASURED[SCORED.get(self.measure, "orders_ever")]
        return Reads(facts=measured.facts(), properties=measured.properties(), cuts={self.measure})

    def need(self, needs: Needs) -> None:
        score_needs(self.measure, needs)

    def value_of(self, row: Any, needs: Needs) -> Any:
        return score(self.measure, row, needs)

    def holds(self, row: Any, needs: Needs) -> Any:
        if not plain_points(self.measure, needs):
            return ibis.literal(False)
        return ordered(self.value_of(row, needs), self.op, ibis.literal(self.value)).fill_null(False)

    def threshold(self) -> Any:
        return self.value


def score_needs(measure: str, needs: Needs) -> None:
    """Register what `score` computes from."""
    needs.moment_of(ORDER, "last")
    if measure == "recency":
        for point in plain_points(measure, needs):
            _point_start(point, needs)
    else:
        MEASURED[SCORED[measure]].need(needs)


def _point_start(days: float, needs: Needs) -> Any:
    minutes = round(days * 1440)
    return needs.edge(ORDER, ago(minutes, "minutes"))


def plain_points(name: str, needs: Needs) -> Sequence[float]:
    """The published points of a measure that has no groups; none when it isn't published."""
    points = needs.cut(name)
    return () if points is None or isinstance(points, Mapping) else points


def score(measure: str, row: Any, needs: Needs) -> Any:
    """The score as an expression, null for whoever never ordered or when no cut points are published."""
    points = plain_points(measure, needs)
    last = row[needs.last(ORDER)]
    if not points:
        return ibis.null("int64")
    if measure == "recency":
        over = [(last < _point_start(point, needs)).cast("int64") for point in points]
        return ibis.literal(len(points) + 1) - sum(over[1:], over[0])
    column = MEASURED[SCORED[measure]].value_of(row, needs)
    over = [(column > ibis.literal(number(float(point)), type=NUMBER)).cast("int64") for point in points]
    return last.notnull().ifelse(ibis.literal(1) + sum(over[1:], over[0]), ibis.null("int64"))


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Among whom: those with the same value of a text `attribute`, or in the same class of a `scheme`."""

    attribute: str | None = None
    scheme: str | None = None

    def check(self, path: str) -> None:
        if (self.attribute is None) == (self.scheme is None):
            raise ConditionError(path, _("分组只能写一种"), _("例如 {example}"), example='{"attribute": "region"}')
        if self.attribute is not None:
            check_name(f"{path}.attribute", self.attribute)
            if self.attribute in ATTRIBUTES and ATTRIBUTES[self.attribute].type != "text":
                texts = [key for key, known in ATTRIBUTES.items() if known.type == "text"]
                raise ConditionError(
                    f"{path}.attribute", _("“{name}”不是文字"), nearest(self.attribute, texts), name=self.attribute
                )


class Rank(Node, frozen=True, tag="rank"):
    """Among the top or bottom `share` (0 to 1) of a measure; those on the cut point belong.

    `between` [a, b] counts from the top: outside the top a, inside the top b. With `within`, cut points are those
    of the group the customer is in now; in a group without any, it doesn't hold.
    """

    measure: RankMeasure | Measure
    op: Literal["top", "bottom", "between"]
    share: float | list[float]
    within: Group | None = None

    def check(self, path: str) -> None:
        shares = self.share if isinstance(self.share, list) else [self.share]
        if isinstance(self.share, list) != (self.op == "between") or (self.op == "between" and len(shares) != 2):
            raise ConditionError(
                f"{path}.share", _("between 要两个比例，top 和 bottom 要一个"), _("例如 0.2 或 [0.2, 0.4]")
            )
        for one in shares:
            if not 0 < one < 1:
                raise ConditionError(
                    f"{path}.share", _("{value} 不是比例"), _("比例在 0 与 1 之间，例如 0.2 是五分之一"), value=one
                )
        if shares != sorted(set(shares)):
            raise ConditionError(
                f"{path}.share", _("第一个比例要小于第二个"), _("例如 [0.2, 0.4]"), take=sorted(set(shares))
            )
        if isinstance(self.measure, Measure):
            self.measure.check(f"{path}.measure", anchored=False)
            if self.measure.measure in ("first", "last"):
                declared = declared_type(self.measure.fact, str(self.measure.property))
                if declared not in (None, "number"):
                    raise ConditionError(
                        f"{path}.measure.property", _("“{name}”不是数字"), _("例如 amount"), name=self.measure.property
                    )
        if self.within:
            self.within.check(f"{path}.within")

    @property
    def measured(self) -> Measure:
        """The measure by which customers are ranked."""
        return self.measure if isinstance(self.measure, Measure) else MEASURED[self.measure]

    @property
    def shares(self) -> list[float]:
        """The shares from the bottom at which its cut points lie, ascending."""
        if isinstance(self.share, list):
            return [1 - one for one in reversed(self.share)]
        return [self.share if self.op == "bottom" else 1 - self.share]

    @property
    def cut(self) -> str:
        """The name its cut points are published under: “top 0.2 amount_365d”, “top 0.2 amount_365d by region”.
        A measure that isn't named goes by a digest of its JSON."""
        shares = self.share if isinstance(self.share, list) else [self.share]
        measure = self.measure if isinstance(self.measure, str) else _digest(self.measure)
        group = "" if self.within is None else f" by {self.within.attribute or 'scheme ' + str(self.within.scheme)}"
        name = f"{self.op} {' '.join(f'{one:g}' for one in shares)} {measure}{group}"
        return name if len(name) <= LONGEST_NAME else f"{self.op} {_digest(self)}"

    def reads(self) -> Reads:
        measured, group = self.measured, self.within or Group()
        return Reads(
            facts=measured.facts(),
            properties=measured.properties(),
            attributes={group.attribute} if group.attribute else set(),
            schemes={group.scheme} if group.scheme else set(),
            cuts={self.cut},
        )

    def need(self, needs: Needs) -> None:
        needs.moment_of(self.measured.fact, "last")
        self.measured.need(needs)
        if self.within and self.within.scheme:
            needs.scheme(self.within.scheme)
        elif self.within:
            needs.attribute(str(self.within.attribute), "text")

    def value_of(self, row: Any, needs: Needs) -> Any:
        return self.measured.value_of(row, needs)

    def group_of(self, row: Any, needs: Needs) -> Any:
        """The group that the customer is in now, "" where the attribute is missing; None when ranked among all."""
        if self.within is None:
            return None
        if self.within.scheme:
            return needs.class_of(self.within.scheme, row)
        return row[needs.attribute(str(self.within.attribute), "text")].fill_null("")

    def holds(self, row: Any, needs: Needs) -> Any:
        points, value = needs.cut(self.cut), self.value_of(row, needs)
        if not points or isinstance(points, Mapping) != (self.within is not None):
            return ibis.literal(False)
        bounds = [self._point(points, at, row, needs) for at in range(len(self.shares))]
        ranked = value <= bounds[0] if self.op == "bottom" else value >= bounds[0]
        if self.op == "between":
            ranked &= value < bounds[1]
        return (ranked & row[needs.moment_of(self.measured.fact, "last")].notnull()).fill_null(False)

    def _point(self, points: Points, at: int, row: Any, needs: Needs) -> Any:
        """The cut point of that place; of ranks within groups, the one of the customer's group."""
        if not isinstance(points, Mapping):
            return self._literal(points[at])
        group = self.group_of(row, needs)
        branches = [(group == name, self._literal(own[at])) for name, own in sorted(points.items())]
        return ibis.cases(*branches)

    def _literal(self, point: float) -> Any:
        if self.measured.measure == "average":
            return ibis.literal(float(point))
        return ibis.literal(number(float(point)), type=NUMBER)

    def threshold(self) -> Any:
        return {"share": self.share}


def _digest(asked: msgspec.Struct) -> str:
    """Points are published under it for good: a field that came later counts only where it says something."""
    told = msgspec.to_builtins(asked)
    for one in (told, told.get("measure")):
        if isinstance(one, dict) and one.get("less", "") is None:
            del one["less"]
    return hashlib.blake2b(msgspec.json.encode(told), digest_size=8).hexdigest()
