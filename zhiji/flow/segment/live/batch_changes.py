"""What the pipeline's classify stage leaves in `batch.changes` for `act` to read."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

Cause = Literal["fact", "window", "day", "attribute", "merge", "definition", "build"]


class Change(msgspec.Struct, frozen=True):
    """One customer (a root) entered or left a segment, or changed class in a scheme.

    Of a segment: `segment_key` and `entered`. Of a scheme: `scheme_key`, `from_class` (None when it had none)
    and `to_class`, both class keys. `why` is JSON: a list of {sentence, value, threshold, holds}, one per leaf.
    `late` is how long ago, at most, it was due: long after downtime.
    """

    customer_id: int
    at: datetime
    segment_key: str | None = None
    entered: bool | None = None
    scheme_key: str | None = None
    from_class: str | None = None
    to_class: str | None = None
    why: str = "[]"
    cause: Cause = "fact"
    late: timedelta = timedelta(0)
