"""Columns of the customer list, offered by apps in `offers/columns.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait

Look = Literal["text", "ago", "day", "money", "number", "badge", "badges"]


@dataclass(frozen=True)
class Column:
    """A column the user may choose. `values(rows, user)` answers {root id: value} for one page, in one query or none.

    Looks: "badge" takes (text, colour), "badges" a list of texts, the others a value. `sort` is the order by which
    the column sorts (see listing.SORTS); `shown` whether it is there before anybody chose.
    """

    offered_in: ClassVar[str] = "columns"
    key: str
    label: str | Promise
    values: Callable[[Sequence[Portrait], User], Mapping[int, Any]]
    look: Look = "text"
    sort: str = ""
    shown: bool = False
    position: int = 50
