"""What a trigger is shown, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from zhiji.flow.segment.live.batch_changes import Change


@dataclass(frozen=True)
class Moment:
    """A batch or an idle tick as one rule sees it.

    Clock-driven triggers answer for the span (`since`, `as_of`]: from the last round (or the switching on) until
    now, however long the worker was away. `facts` is the table of the facts, `names` their names; `chains` say, by
    root customer, which rules caused everything this batch holds of that customer. `now` is later than `as_of` when
    a rule looks again at what it missed.
    """

    since: datetime
    as_of: datetime
    enabled_at: datetime
    changes: Sequence[Change] = ()
    names: frozenset[str] = frozenset()
    chains: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    facts: str = "batch"
    now: datetime | None = None


@dataclass(frozen=True)
class Candidate:
    """A root customer for whom a trigger fired. `occasion` names what happened, the same however often it is seen.

    `late` is how long ago, at most, it was due.
    """

    customer_id: int
    occasion: str
    at: datetime
    why: dict[str, Any] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    late: timedelta = timedelta(0)
