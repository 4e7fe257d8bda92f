"""Cards of a customer's own page, offered by apps in `offers/portal.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise


@dataclass(frozen=True)
class PortalCard:
    """What a customer is shown of their own.

    `context(customer_id)` gets a root's id and answers what `template` shows (the card's body; the page draws the frame
    and `label`). An empty dict leaves the card out.
    """

    offered_in: ClassVar[str] = "portal"
    label: str | Promise
    position: int
    template: str
    context: Callable[[int], dict[str, Any]]
