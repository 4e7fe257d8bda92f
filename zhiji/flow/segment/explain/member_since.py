"""Since when a customer is in a class or segment: the moment that explanations tell, asked for without the reasons."""

from dataclasses import dataclass
from datetime import datetime

from zhiji.flow.segment.definitions.registry import definitions
from zhiji.flow.segment.explain.explanation import Asking


@dataclass(frozen=True)
class Standing:
    """In it without a break from `since` on; None: since before `looked_back`."""

    since: datetime | None
    looked_back: datetime


def standing(of: str, root: int, as_of: datetime) -> Standing | None:
    """`of` is "scheme:x" (of the class that the customer is in) or "segment:x". None for who isn't there.

    Raises KeyError for a definition there isn't.
    """
    kind, _colon, key = of.partition(":")
    known = definitions()
    if kind == "scheme":
        asking = Asking.scheme(known, key, root, as_of, as_of)
        span = asking.spans.get(f"c:{key}")
    else:
        node = known.segments[key].node
        asking = Asking(known, [node], (), root, as_of, as_of)
        span = asking.span(node) if asking.asked.row is not None else None
    return None if span is None else Standing(span.since, asking.asked.looked_back)
