"""Facts in an order: who did one thing after another, and who didn't.

The facts of all steps are laid in one table by customer (and by the value that all must share), and windows over
the moments that lie strictly ahead of each fact tell what followed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from zhiji.flow.segment.conditions.comparison import micros
from zhiji.flow.segment.conditions.where import Where
from zhiji.flow.segment.conditions.window import Edge, Span
from zhiji.flow.segment.engine.row import table
from zhiji.kernel.engine import moment

if TYPE_CHECKING:
    from zhiji.flow.segment.engine.needs import Needs

Step = tuple[str, Sequence[Where]]


@dataclass(frozen=True)
class Chain:
    """Facts of these steps, of which the first lies in (lower, upper]; with `same`, all with the same value of it."""

    steps: Sequence[Step]
    same: str | None
    lower: Edge | None
    upper: Edge | None

    def register(self, needs: Needs) -> None:
        for fact, where in self.steps:
            needs.flag(fact, where)
            if self.same:
                needs.property(fact, self.same, "text")
            if self.lower is None:
                needs.ever(fact)
            else:
                needs.reach(fact, self.lower)
        for edge in (self.lower, self.upper):
            if edge:
                needs.edge(self.steps[0][0], edge)

    def laid(self, needs: Needs, until: Any = None) -> Any:
        """The facts of any step as rows of customer_id, same, at (microseconds) and step_0, step_1…: whether it is one.

        Of the first step are those up to the upper edge, and up to the moment `until`.
        """
        parts = [self._of(fact, needs, until) for fact in sorted({fact for fact, _ in self.steps})]
        return parts[0] if len(parts) == 1 else ibis.union(*parts)

    def _of(self, fact: str, needs: Needs, until: Any) -> Any:
        flags = [needs.flag(name, where) for name, where in self.steps if name == fact]
        facts = table(needs, fact, [self.lower.key] if self.lower else [], flags)
        steps: dict[str, Any] = {}
        for at, (name, where) in enumerate(self.steps):
            flag = needs.flag(name, where)
            passed = ibis.literal(name == fact) if flag is None or name != fact else facts[flag]
            for end in (moment(self.upper.key) if self.upper else None, until):
                if at == 0 and end is not None and name == fact:
                    passed &= facts.occurred_at <= end
            steps[f"step_{at}"] = passed
        same = facts[needs.property(fact, self.same, "text")] if self.same else ibis.literal("")
        laid = facts.select("customer_id", same=same, at=micros(facts.occurred_at), **steps)
        wanted = reduce(lambda one, other: one | other, [laid[name] for name in steps])
        return laid.filter(wanted, laid.same.notnull()) if self.same else laid.filter(wanted)


def _ahead() -> Any:
    """The rows of the same customer and value that lie strictly ahead."""
    return ibis.window(group_by=["customer_id", "same"], order_by="at", range=(1, None))


def followed(needs: Needs, chain: Chain, within: Span | None) -> Any:
    """The customers who took every step, one after another, the last at most `within` after the first."""
    laid = chain.laid(needs)
    last = len(chain.steps) - 1
    for step in range(last, 0, -1):
        done = laid.at if step == last else laid[f"done_{step}"]
        ended = laid[f"step_{step}"].ifelse(done, ibis.null("int64"))
        laid = laid.mutate(**{f"done_{step - 1}": ended.min().over(_ahead())})
    took = laid.step_0 & laid.done_0.notnull()
    if within:
        took &= laid.done_0 - laid.at <= within.micros
    return laid.filter(took)


def unfollowed(needs: Needs, chain: Chain, within: Span, until: Edge) -> Any:
    """The customers with a first fact up to `until` that no second followed within the span."""
    laid = chain.laid(needs, moment(until.key))
    following = laid.step_1.ifelse(laid.at, ibis.null("int64")).min().over(_ahead())
    laid = laid.mutate(next=following)
    alone = laid.next.isnull() | (laid.next - laid.at > within.micros)
    return laid.filter(laid.step_0 & alone)
