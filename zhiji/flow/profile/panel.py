"""Panels of the customer's page, offered by apps in `offers/panels.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise

from zhiji.access.models import User


@dataclass(frozen=True)
class Panel:
    """A card at the right of the customer's page.

    `context(customer_id, user)` gets a root's id that the user may see and answers what `template` shows (the
    template is the card's body; the page draws the frame and `label`). An empty dict leaves the panel out.
    `permission` hides it from those who may not.
    """

    offered_in: ClassVar[str] = "panels"
    label: str | Promise
    position: int
    template: str
    context: Callable[[int, User], dict[str, Any]]
    permission: str = ""
