"""What happens in the tests: an administrator makes fields."""

from typing import Any

from zhiji.access.models import Role
from zhiji.records.actions import create_field
from zhiji.records.models import CustomField

LEVELS = [("gold", "金卡"), ("silver", "银卡")]


def made(label: str, type: str = "text", **rest: Any) -> CustomField:
    """A field; of those that may choose, with two choices."""
    if type in ("choice", "choices"):
        rest.setdefault("choices", LEVELS)
    return create_field(by=None, label=label, type=type, **rest)


def secret(label: str, type: str = "text", **rest: Any) -> CustomField:
    """A field that administrators and managers alone may read."""
    return made(label, type, readers=[Role.MANAGER], **rest)
