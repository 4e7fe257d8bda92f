"""Ask conditions about customers at a moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def verdicts(
    trees: Mapping[str, Any], customer_ids: Sequence[int] | None, as_of: datetime
) -> dict[str, set[int]]:
    """For each tree by key, the ids of the roots for whom it holds.

    `customer_ids` are roots to ask about; None is everybody, read from the lake. Raises ConditionError.
    """
    raise NotImplementedError
