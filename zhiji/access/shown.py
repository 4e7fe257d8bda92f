"""What people here wrote, as a user sees it: contact values in it masked for those who may not see them."""

import re
from typing import Any

from zhiji.access.masks import mask
from zhiji.access.models import User
from zhiji.access.personal import replaced
from zhiji.access.roles import may

_TAGS = re.compile(r"(<[^>]*>)")


def masked(text: Any, user: Any = None) -> Any:
    """A text for `user`, who is nobody in particular unless told. Other values stay as they are."""
    if not isinstance(text, str) or (isinstance(user, User) and may(user, "contacts:reveal")):
        return text
    return replaced(text, mask)


def masked_page(html: str, user: User | None = None) -> str:
    """A page likewise, in its texts; its links stay, as they have to lead somewhere."""
    return "".join(part if part.startswith("<") else masked(part, user) for part in _TAGS.split(html))
