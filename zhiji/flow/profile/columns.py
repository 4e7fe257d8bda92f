"""Columns of the customer list, offered by apps in `offers/columns.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from zhiji.access.models import User
from zhiji.flow.profile.models import Portrait
from zhiji.flow.profile.sealed import of_roots
from zhiji.kernel.registry import offered
from zhiji.records.models import CustomField
from zhiji.records.queries import known_to

Look = Literal["text", "ago", "day", "money", "number", "badge", "badges"]


@dataclass(frozen=True)
class Column:
    """A column the user may choose. `values(rows, user)` answers {root id: value} for one page, in one query or none.

    Looks: "badge" takes (text, colour), "badges" a list of texts, the others a value; of a declared `field` it is as it
    is kept. `sort` is the order by which the column sorts (see listing.SORTS); `shown` whether it is there before
    anybody chose.
    """

    offered_in: ClassVar[str] = "columns"
    key: str
    label: str | Promise
    values: Callable[[Sequence[Portrait], User], Mapping[int, Any]]
    look: Look = "text"
    sort: str = ""
    shown: bool = False
    position: int = 50
    field: CustomField | None = None


def columns_for(user: User) -> list[Column]:
    """The columns that `user` may choose, in their order; declared fields that they may read among them."""
    fields = (Column(f"field:{one.key}", one.label, _held(one), position=45, field=one) for one in known_to(user))
    return sorted([*offered(Column), *fields], key=lambda one: one.position)


def _held(field: CustomField) -> Callable[[Sequence[Portrait], User], Mapping[int, Any]]:
    """The values of a field on a page, sealed ones masked."""

    def values(rows: Sequence[Portrait], user: User) -> Mapping[int, Any]:
        held = {row.customer_id: row.attributes[field.key] for row in rows if field.key in row.attributes}
        masked: Mapping[int, Any] = of_roots(held, list(held.values())).masked(held)
        return masked

    return values
