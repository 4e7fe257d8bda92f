"""What every page's frame needs: the left rail for this user."""

from typing import Any

from django.http import HttpRequest

from zhiji.access.roles import may
from zhiji.kernel.nav import SECTIONS, NavItem
from zhiji.kernel.registry import offered


def frame(request: HttpRequest) -> dict[str, Any]:
    """The sections of the rail that hold something this user may see."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"rail": []}
    items = [item for item in offered(NavItem) if not item.permission or may(user, item.permission)]
    rail = [
        (section, sorted((item for item in items if item.section == section), key=lambda item: item.position))
        for section in SECTIONS
    ]
    return {"rail": [(section, entries) for section, entries in rail if entries]}
